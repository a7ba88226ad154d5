// Who may ask: every request and every WebSocket passes here first. Over the daemon's own socket nothing is asked; over TCP the
// name by which we are called must be ours (a foreign page that has its name resolve to us sends its own), no foreign page may have
// sent it, and then it is either plainly from this user's own program on this machine, or has the token.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isIP } from "node:net";
import { Problem } from "../../problem.ts";
import { ownerOfPeer } from "./peer.ts";

export interface Admitting {
  /** `host` or `host:port` by which we may be called, in lower case. */
  readonly names: ReadonlySet<string>;
  readonly token: string;
  /** False: every request needs the token. */
  readonly trustsOwnUser: boolean;
}

const forwarding = ["forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"];

/** Throws the Problems `request.host`, `request.origin`, `token.missing`, `token.wrong`. */
export function admit(request: IncomingMessage, { names, token, trustsOwnUser }: Admitting): void {
  const { host, origin } = request.headers;
  if (host === undefined || !names.has(host.toLowerCase())) {
    throw refused(
      "request.host",
      `This daemon is not called "${host ?? ""}".`,
      "spoor daemon start --name NAME   (for a name that is its own)",
    );
  }
  if (origin !== undefined && !isOwnOrigin(origin, names)) {
    throw refused(
      "request.origin",
      `A page of ${origin} may not ask this daemon.`,
      "ask without a browser: spoor, or curl",
    );
  }
  // Browsers that tell where a request comes from tell it also where they send no Origin, as for an image.
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw refused(
      "request.origin",
      "Another site's page may not ask this daemon.",
      "ask without a browser: spoor, or curl",
    );
  }
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (given === undefined || !isSame(given, token)) {
      throw refused("token.wrong", "The token is wrong.", 'curl -H "Authorization: Bearer $(spoor daemon token)" …');
    }
    return;
  }
  if (trustsOwnUser && isOwnUser(request)) return;
  throw new Problem({
    code: "token.missing",
    kind: "usage",
    says: "A token is needed: this request is not plainly from a program of the daemon's own user on this machine.",
    tryNext: 'curl -H "Authorization: Bearer $(spoor daemon token)" …',
  });
}

/** A page's simple request may have any body, but of few types: who says nothing of JSON must not be a browser. */
export function checkBodyType(request: IncomingMessage): void {
  const { headers } = request;
  const isBrowser =
    headers.origin !== undefined || headers.referer !== undefined || headers["sec-fetch-mode"] !== undefined;
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers["content-type"] ?? "");
  if (!isBrowser || isJson) return;
  throw refused("request.content_type", "A browser must say that it sends JSON.", "Content-Type: application/json");
}

/** `names` with the port, and without it where the scheme implies it. */
export function namesAt(hosts: readonly string[], port: number): Set<string> {
  const spelled = hosts.map((host) => (isIP(host) === 6 ? `[${host}]` : host).toLowerCase());
  // A proxy's own port is not ours: a name alone will do, as for the standard ports.
  return new Set(spelled.flatMap((host) => [host, `${host}:${port}`]));
}

function isOwnOrigin(origin: string, names: ReadonlySet<string>): boolean {
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return host !== undefined && names.has(host.toLowerCase());
}

const owners = new WeakMap<Socket, number | null>();

function isOwnUser(request: IncomingMessage): boolean {
  const { socket, headers, httpVersion } = request;
  const own = process.getuid?.();
  if (own === undefined || !isLoopback(socket.remoteAddress) || !isLoopback(socket.localAddress)) return false;
  // A proxy speaks for others; one that says nothing of it speaks HTTP/1.0, which no program of today does by itself.
  if (httpVersion === "1.0") return false;
  if (forwarding.some((name) => headers[name] !== undefined)) return false;
  if (Object.keys(headers).some((name) => name.startsWith("x-forwarded"))) return false;
  let owner = owners.get(socket);
  if (owner === undefined) {
    owner = ownerOfPeer(socket);
    owners.set(socket, owner);
  }
  return owner === own;
}

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/i, "");
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/** Of digests, which are of one length: the time tells nothing of either. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function refused(code: string, says: string, tryNext: string): Problem {
  return new Problem({ code, kind: "usage", says, tryNext });
}
