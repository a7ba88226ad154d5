// A daemon that others reach: over TLS with the token, by names that are its own, and behind a proxy. A real agent in Python dials it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { pythons } from "../../../../scripts/python-interpreters.ts";
import { root } from "../../../../scripts/root.ts";
import { ask, certificate, served, type Served } from "./served.ts";

const open: (AsyncDisposable | Server)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) {
    if (Symbol.asyncDispose in each && !("listen" in each)) await each[Symbol.asyncDispose]();
    else each.close();
  }
});

async function daemon(listen: object): Promise<Served> {
  const here = await served({ listen: { host: "127.0.0.1", port: 0, tls: null, names: [], ...listen } });
  open.push(here);
  return here;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const outside = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find((each) => !each.internal && each.family === "IPv4")?.address;

describe("beyond this machine", { timeout: 60_000 }, () => {
  test.each(["0.0.0.0", "::", "192.0.2.1", "example.org"])("plain HTTP at %s is refused", async (host) => {
    await expect(daemon({ host })).rejects.toThrow(/Plain HTTP is served on this machine only/);
  });

  test("TLS is served with the token, by the names of the certificate", async () => {
    const { cert, key, ca } = await certificate(
      process.env["TMPDIR"] ?? "/tmp",
      "DNS:localhost,DNS:spoor.example,IP:127.0.0.1",
    );
    const here = await daemon({ host: "0.0.0.0", tls: { cert, key } });
    const tls = { ca };
    const codeOf = async (headers: Record<string, string>, host = "127.0.0.1") => {
      const { status, json } = await here.ask("/health", { tls, headers, host });
      return [status, json["code"]];
    };
    const name = { host: `spoor.example:${here.port}` };
    expect(await codeOf({})).toEqual([401, "token.missing"]);
    expect(await codeOf(name)).toEqual([401, "token.missing"]);
    expect(await codeOf({ ...name, ...bearer("0".repeat(64)) })).toEqual([403, "token.wrong"]);
    expect(await codeOf({ ...name, ...bearer(here.token) })).toEqual([200, undefined]);
    expect(await codeOf({ host: "evil.example", ...bearer(here.token) })).toEqual([403, "request.host"]);
    expect(await here.raw(`GET /health HTTP/1.1\r\nHost: localhost:${here.port}\r\n\r\n`)).not.toContain("200");
  });

  test("a certificate and a key that do not belong together are refused", async () => {
    const { cert } = await certificate("/tmp");
    await expect(daemon({ host: "0.0.0.0", tls: { cert, key: cert } })).rejects.toThrow(/cannot be used/);
  });

  // Skipped where this machine has no address but its own: nobody can come from outside.
  test.skipIf(outside === undefined)("who comes over a network address is no program of this user", async () => {
    const { cert, key, ca } = await certificate("/tmp", `DNS:localhost,IP:${outside ?? ""}`);
    const here = await daemon({ host: "0.0.0.0", tls: { cert, key } });
    const asked = (headers: Record<string, string>) =>
      here.ask("/health", { tls: { ca }, host: outside ?? "", headers });
    expect((await asked({})).status).toBe(401);
    expect((await asked(bearer(here.token))).status).toBe(200);
  });

  test("an agent in Python dials it over TLS, is probed, and is refused without the token", async () => {
    const { cert, key, ca } = await certificate("/tmp");
    const here = await daemon({ host: "0.0.0.0", tls: { cert, key } });
    const program = here.daemon.base;
    const script = `
import spoor, time, sys
def handle(user_id):
    total = user_id * 2
    return total
spoor.init(name="remote")
end = time.time() + 30
while time.time() < end:
    handle(7)
    time.sleep(0.02)
`;
    const file = join(program, "remote.py");
    writeFileSync(file, script);
    const start = (token: string) => {
      const child = spawn(pythons().at(-1)?.executable ?? "python3", [file], {
        cwd: program,
        env: {
          ...process.env,
          PYTHONPATH: join(root, "agents/python/src"),
          SPOOR_DAEMON_URL: `https://localhost:${here.port}`,
          SPOOR_TOKEN: token,
          SSL_CERT_FILE: cert,
          SPOOR_DAEMON_DIR: join(program, "nobody"),
        },
        stdio: "ignore",
      });
      open.push({ [Symbol.asyncDispose]: async () => void child.kill("SIGKILL") });
    };
    const asked = (path: string, more: object = {}) =>
      here.ask(path, { tls: { ca }, headers: bearer(here.token), ...more });
    start("0".repeat(64));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await asked("/processes")).json["processes"]).toEqual([]);
    start(here.token);
    const until = async (path: string, isSo: (json: Record<string, unknown>) => boolean) => {
      for (let tries = 0; tries < 200; tries++) {
        const { json } = await asked(path);
        if (isSo(json)) return json;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${path} never came to it`);
    };
    await until("/processes", (json) => (json["processes"] as unknown[]).length === 1);
    const body = { file: "remote.py", line: 5 };
    const added = await asked("/tracepoints", { method: "POST", body });
    expect([added.status, added.json["processes"]]).toMatchObject([201, [{ state: { state: "placed" } }]]);
    const { events } = (await until(
      "/api/events?name=probe.hit.snapshot",
      (json) => (json["events"] as unknown[]).length > 0,
    )) as {
      events: { payload: { snapshot: { locals: object } } }[];
    };
    expect(events[0]?.payload.snapshot).toMatchObject({ locals: { total: 14 } });
  });
});

describe("behind a proxy", { timeout: 60_000 }, () => {
  /** One that is like others: requests and upgrades are passed on, headers as told. */
  async function proxy(to: number, headers: (given: object) => object): Promise<number> {
    const server = createServer((incoming, outgoing) => {
      const { method, url: path } = incoming;
      const onward = request(
        { host: "127.0.0.1", port: to, method, path, headers: headers(incoming.headers) as never },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    });
    server.on("upgrade", (incoming, socket, head) => {
      const onward = connect(to, "127.0.0.1", () => {
        const lines = Object.entries(headers(incoming.headers)).map(([name, value]) => `${name}: ${String(value)}\r\n`);
        onward.write(`GET ${incoming.url ?? "/"} HTTP/1.1\r\n${lines.join("")}\r\n`);
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const each of [onward, socket]) each.on("error", () => undefined);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(server);
    return (server.address() as AddressInfo).port;
  }

  test("requests, streams and WebSockets pass with the token, and none without", async () => {
    const here = await daemon({ names: ["spoor.example"] });
    const passing = (given: object) => ({ ...given, "x-forwarded-for": "203.0.113.9", host: "spoor.example" });
    const port = await proxy(here.port, passing);
    const asked = (path: string, headers: Record<string, string>, body?: object) =>
      ask({ host: "127.0.0.1", port, path }, { headers, ...(body === undefined ? {} : { method: "POST", body }) });
    expect((await asked("/health", {})).status).toBe(401);
    expect((await asked("/health", bearer(here.token))).status).toBe(200);
    const added = await asked("/tracepoints", bearer(here.token), { file: "a.py", line: 1 });
    expect(added.status).toBe(201);

    const following = request({ host: "127.0.0.1", port, path: "/api/events/stream", headers: bearer(here.token) });
    following.end();
    const [answer] = (await once(following, "response")) as [NodeJS.ReadableStream & { statusCode: number }];
    expect(answer.statusCode).toBe(200);
    const [first] = (await once(answer, "data")) as [Buffer];
    expect(first.toString()).toContain("retry: 1000");
    following.destroy();

    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: bearer(here.token) });
    await once(socket, "open");
    socket.send('{"id":1,"ask":"points.list"}');
    const [said] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(said.toString())).toMatchObject({ id: 1, status: 200 });
    socket.close();
    const without = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    const [error] = (await once(without, "error")) as [Error];
    expect(error.message).toContain("401");
  });

  test("one that says nothing of itself is let in with the token only, where a name was given", async () => {
    const silent = (to: number) => (given: object) => ({ ...given, host: `127.0.0.1:${to}` });
    const named = await daemon({ names: ["spoor.example"] });
    const port = await proxy(named.port, silent(named.port));
    expect((await ask({ host: "127.0.0.1", port, path: "/health" }, {})).status).toBe(401);
    // The command line needs no TCP.
    expect((await named.spoor(["daemon", "health"])).stdout).toMatch(/^ok /);
  });
});
