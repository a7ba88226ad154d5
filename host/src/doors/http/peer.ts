// Whose the other end of a loopback connection is. Linux tells in /proc/net/tcp and tcp6 (Documentation/networking/proc_net_tcp.rst);
// elsewhere nobody does, and the token decides.
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import type { Socket } from "node:net";

export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** The user id that owns the other end, or null where that cannot be said for certain. */
export function ownerOfPeer(socket: Socket): number | null {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (!localAddress || !localPort || !remoteAddress || !remotePort) return null;
  return ownerOf({ localAddress, localPort, remoteAddress, remotePort }, ["/proc/net/tcp", "/proc/net/tcp6"]);
}

const established = "01";

/** Exported for its test: `tables` are paths of tables in the kernel's form. */
export function ownerOf(ends: Ends, tables: readonly string[]): number | null {
  // The other end has our ends the other way round. An IPv4 connection is in either table, by what kind of socket it was made with.
  const local = [kernelAddress(ends.remoteAddress, ends.remotePort), kernelMapped(ends.remoteAddress, ends.remotePort)];
  const remote = [kernelAddress(ends.localAddress, ends.localPort), kernelMapped(ends.localAddress, ends.localPort)];
  for (const table of tables) {
    for (const line of linesOf(table)) {
      const [, from = "", to = "", state, , , , uid, , inode] = line.trim().split(/\s+/);
      if (!local.includes(from) || !remote.includes(to)) continue;
      // A socket that its program has closed has no owner any more, and is shown as root's.
      if (state !== established || inode === "0" || uid === undefined) return null;
      return Number(uid);
    }
  }
  return null;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(1);
  } catch {
    return [];
  }
}

/** `0100007F:1389`: words of four bytes in the machine's order, then the port. */
function kernelAddress(address: string, port: number): string {
  const bytes = address.includes(":") ? bytesOf6(address) : bytesOf4(address);
  return `${words(bytes)}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

function kernelMapped(address: string, port: number): string {
  return kernelAddress(address.includes(":") ? address.replace(/^::ffff:/i, "") : `::ffff:${address}`, port);
}

function words(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (endianness() === "LE") word.reverse();
    text += word.map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("");
  }
  return text;
}

function bytesOf4(address: string): number[] {
  return address.split(".").map(Number);
}

function bytesOf6(address: string): number[] {
  const plain = address.replace(/%.*$/, "");
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  const tail = mapped === null ? [] : bytesOf4(mapped[2] ?? "");
  const text = mapped === null ? plain : (mapped[1] ?? "").replace(/([^:]):$/, "$1");
  const [head = "", rest] = text.split("::");
  const groups = (part: string | undefined): number[] =>
    (part ?? "")
      .split(":")
      .filter((group) => group !== "")
      .flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  const start = groups(head);
  const end = [...groups(rest), ...tail];
  return [...start, ...Array<number>(Math.max(0, 16 - start.length - end.length)).fill(0), ...end];
}
