// What the HTTP door must not let through, each by real bytes at a real daemon: foreign pages, foreign users, proxies, wrong tokens,
// bodies and headers without end, and names that want to be something else.
import { existsSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, served, type Asking, type Served } from "./served.ts";

let here: Served;
beforeAll(async () => {
  here = await served();
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const probe = { file: "handlers.py", line: 42 };

async function codeOf(path: string, asking: Asking = {}): Promise<[number, unknown]> {
  const { status, json } = await here.ask(path, asking);
  return [status, json["code"]];
}

test("plain curl from this user's shell is taken, though it says that it sends a form", async () => {
  const address = `http://127.0.0.1:${here.port}/tracepoints`;
  const { stdout } = await run("curl", ["-sS", "-X", "POST", address, "-d", JSON.stringify(probe)], process.env, "/");
  expect(JSON.parse(stdout)).toMatchObject({
    id: expect.stringMatching(/^t\d+$/),
    type: "tracepoint",
    file: "handlers.py",
    line: 42,
  });
});

describe("a page whose name leads to this machine (DNS rebinding)", () => {
  test.each([
    "evil.example",
    "evil.example:PORT",
    "localhost.evil.example:PORT",
    "127.0.0.1.evil.example",
    "127.0.0.1:1",
    "127.0.0.1@evil.example",
  ])("Host: %s is refused, with the token too", async (name) => {
    const host = name.replace("PORT", String(here.port));
    const refused = [403, "request.host"];
    expect(await codeOf("/health", { headers: { host } })).toEqual(refused);
    expect(await codeOf("/health", { headers: { host, ...bearer(here.token) } })).toEqual(refused);
  });

  test("without a Host nothing is answered", async () => {
    expect(await here.raw("GET /health HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await here.raw("GET /health HTTP/1.1\r\nHost:\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await here.raw("GET /health HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each(["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "LOCALHOST:PORT"])("Host: %s is ours", async (name) => {
    const host = name.replace("PORT", String(here.port));
    expect((await here.ask("/health", { headers: { host } })).status).toBe(200);
  });
});

describe("a foreign page (cross-site requests)", () => {
  const refused = [403, "request.origin"];

  test.each([
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "file://",
    "http://127.0.0.1:1",
    "http://user@127.0.0.1",
  ])("Origin: %s is refused for questions, forms and WebSockets", async (origin) => {
    expect(await codeOf("/health", { headers: { origin } })).toEqual(refused);
    const form = { method: "POST", headers: { origin, "content-type": "text/plain" }, body: probe };
    expect(await codeOf("/tracepoints", form)).toEqual(refused);
    for (const path of ["/ws", "/agents"]) expect(await upgrade(path, { origin })).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("a browser that sends no Origin tells the site, and a form is no JSON", async () => {
    expect(await codeOf("/api/events/stream", { headers: { "sec-fetch-site": "cross-site" } })).toEqual(refused);
    expect(await codeOf("/health", { headers: { "sec-fetch-site": "same-site" } })).toEqual(refused);
    const own = `http://127.0.0.1:${here.port}`;
    const form = { origin: own, "content-type": "application/x-www-form-urlencoded" };
    const said = [403, "request.content_type"];
    expect(await codeOf("/tracepoints", { method: "POST", headers: form, body: probe })).toEqual(said);
    const old = { referer: "https://evil.example/page", "content-type": "text/plain" };
    expect(await codeOf("/tracepoints", { method: "POST", headers: old, body: probe })).toEqual(said);
    const json = { origin: own, "content-type": "application/json" };
    expect((await here.ask("/tracepoints", { method: "POST", headers: json, body: probe })).status).toBe(201);
  });

  test("answers let no page read, frame or guess them", async () => {
    for (const path of ["/health", "/no-such", "/metrics/prometheus"]) {
      const { headers } = await here.ask(path);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("tokens", () => {
  test("are asked for where a proxy forwarded", async () => {
    const forwarded = [
      { "x-forwarded-for": "203.0.113.9" },
      { "x-forwarded-host": "spoor.example" },
      { "x-forwarded-anything": "1" },
      { forwarded: "for=203.0.113.9" },
      { via: "1.1 proxy" },
      { "x-real-ip": "203.0.113.9" },
    ];
    for (const headers of forwarded) {
      expect(await codeOf("/health", { headers })).toEqual([401, "token.missing"]);
      expect((await here.ask("/health", { headers: { ...headers, ...bearer(here.token) } })).status).toBe(200);
      expect(await upgrade("/ws", headers)).toMatch(/^HTTP\/1\.1 401 /);
    }
    // A proxy that adds nothing speaks HTTP/1.0, by nginx' default.
    expect(await here.raw(`GET /health HTTP/1.0\r\nHost: 127.0.0.1:${here.port}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("that are wrong are refused, also from this user", async () => {
    const wrong = ["x", here.token.slice(1), `${here.token}0`, here.token.toUpperCase().replace(/^./, "g"), ""];
    for (const token of wrong)
      expect(await codeOf("/health", { headers: bearer(token) })).toEqual([403, "token.wrong"]);
    expect(await codeOf("/health", { headers: { authorization: `Basic ${here.token}` } })).toEqual([
      403,
      "token.wrong",
    ]);
    expect((await here.ask("/health", { headers: bearer(here.token) })).status).toBe(200);
  });

  test("are in a file that nobody else reads, like the sockets", () => {
    const { places } = here.daemon;
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(places.directory)).toBe("700");
    for (const path of [places.token, places.daemonSocket, places.agentsSocket, places.daemonFile]) {
      expect([path, mode(path)]).toEqual([path, "600"]);
    }
    expect(here.token).toMatch(/^[0-9a-f]{64}$/);
  });
});

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

// Skipped where the test is not root, or the system is not Linux: nobody else can be played, or told apart.
describe.skipIf(!isRoot || !existsSync("/proc/net/tcp"))("another user on this machine", () => {
  const asNobody = (script: string) =>
    run(
      "python3",
      [
        "-c",
        `import os, socket, http.client, encodings.idna\nos.setgid(${nobody}); os.setuid(${nobody})\nport = ${here.port}\n${script}`,
      ],
      process.env,
      "/",
    );

  test("needs the token", async () => {
    const script = `
def ask(headers, family):
    c = http.client.HTTPConnection("127.0.0.1", port)
    if family == 6:
        c.sock = socket.socket(socket.AF_INET6); c.sock.connect(("::ffff:127.0.0.1", port))
    c.request("GET", "/health", headers=headers)
    return c.getresponse().status
for family in (4, 6):
    print(ask({}, family), ask({"Authorization": "Bearer ${here.token}"}, family))`;
    const { stdout, stderr } = await asNobody(script);
    expect([stdout, stderr]).toEqual(["401 200\n401 200\n", ""]);
  });

  test("is not taken for root once it has closed its end", async () => {
    const body = JSON.stringify({ file: "closed.py", line: 1 });
    const script = `
for _ in range(20):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(b"POST /tracepoints HTTP/1.1\\r\\nHost: 127.0.0.1:%d\\r\\nContent-Length: ${body.length}\\r\\n\\r\\n" % port + ${JSON.stringify(body)}.encode())
    s.close()`;
    expect(await asNobody(script)).toMatchObject({ code: 0, stderr: "" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { json } = await here.ask("/points");
    expect((json["points"] as { file: string }[]).filter(({ file }) => file === "closed.py")).toEqual([]);
  });

  test("does not reach the sockets", async () => {
    const { places } = here.daemon;
    const script = `
for path in (${JSON.stringify(places.daemonSocket)}, ${JSON.stringify(places.agentsSocket)}):
    try:
        socket.socket(socket.AF_UNIX).connect(path); print("open")
    except PermissionError:
        print("shut")
try:
    open(${JSON.stringify(places.token)}); print("open")
except PermissionError:
    print("shut")`;
    expect((await asNobody(script)).stdout).toBe("shut\nshut\nshut\n");
  });
});

describe("names that want to be something else", () => {
  test.each([
    "t1%2F..%2Ft2",
    "..%2f..%2ftoken",
    "t1%00",
    "t1%0d%0aX-Injected:%201",
    "T1",
    "t01",
    "t-1",
    "t1;t2",
    "t%EF%BC%91",
    "__proto__",
    "constructor",
    "t999999999999999999999",
    "%F0%28%8C%28",
    "%",
  ])("the probe %s is none", async (id) => {
    for (const [method, path] of [
      ["GET", `/points/${id}`],
      ["DELETE", `/points/${id}`],
      ["POST", `/points/${id}/disable`],
    ] as const) {
      const { status, headers } = await here.ask(path, { method });
      expect([method, path, status]).toEqual([method, path, 400]);
      expect(headers["x-injected"]).toBeUndefined();
    }
    expect((await here.ask(`/points/${id}`, { method: "PUT", body: {} })).status).toBeGreaterThanOrEqual(400);
  });

  test("an id in the body does not replace that of the path", async () => {
    const made = async () => (await here.ask("/tracepoints", { method: "POST", body: probe })).json["id"] as string;
    const [first, second] = [await made(), await made()];
    const changed = await here.ask(`/points/${first}`, { method: "PUT", body: { id: second, tags: ["changed"] } });
    expect([changed.status, changed.json["id"]]).toEqual([200, first]);
    const twice = await here.ask(`/points?type=logpoint&type=metric`);
    expect(twice.status).toBe(400);
    const { json } = await here.ask(`/points/${second}`);
    expect(json["tags"]).toEqual([]);
  });

  test("two lengths of one request are refused (request smuggling)", async () => {
    const host = `Host: 127.0.0.1:${here.port}`;
    const hidden = `GET /health HTTP/1.1\r\n${host}\r\n\r\n`;
    const both = `POST /tracepoints HTTP/1.1\r\n${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`;
    const twice = `POST /tracepoints HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`;
    const strange = `POST /tracepoints HTTP/1.1\r\n${host}\r\nTransfer-Encoding: xchunked\r\n\r\n${hidden}`;
    for (const request of [both, twice, strange]) {
      const said = await here.raw(request);
      expect(said).toMatch(/^HTTP\/1\.1 400 /);
      expect(said).not.toContain('"status":"ok"');
    }
  });

  test.each([
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/token",
    "/..%2f..%2ftoken",
    "/points/../../token",
    "//etc/passwd",
    "/.%00./token",
    "/\\..\\token",
    "http://127.0.0.1/token",
  ])("no file comes of the path %s", async (path) => {
    const said = await here.raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${here.port}\r\nConnection: close\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 (400|404) /);
    expect(said).not.toContain(here.token);
    expect(said).not.toContain("root:");
  });

  test("a probe's file is a name and no path to climb, and nothing in it can be obeyed", async () => {
    for (const file of [
      "../../etc/passwd",
      "a/../../b.py",
      "a\u001b[2J.py",
      "a\u0000.py",
      "a\r\nb.py",
      "\u009b2J.py",
    ]) {
      expect(await codeOf("/tracepoints", { method: "POST", body: { file, line: 1 } })).toEqual([400, "usage.invalid"]);
    }
  });
});

describe("bodies without end", { timeout: 60_000 }, () => {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const headers = () => `POST /tracepoints HTTP/1.1\r\nHost: 127.0.0.1:${here.port}\r\n`;

  /** Writes until the daemon has closed; how much it took, and what it said. */
  function pour(head: string, frame: (bytes: Buffer) => Buffer): Promise<{ poured: number; said: string }> {
    return new Promise((resolve) => {
      const socket = connect(here.port, "127.0.0.1");
      let poured = 0;
      let said = "";
      let over = false;
      socket.setEncoding("latin1").on("data", (text: string) => (said += text));
      socket.on("error", () => undefined);
      socket.on("close", () => {
        over = true;
        resolve({ poured, said });
      });
      const more = (): void => {
        if (over || poured >= 100 * 1024 * 1024) return void socket.end();
        poured += chunk.length;
        if (socket.write(frame(chunk))) setImmediate(more);
        else socket.once("drain", more);
      };
      socket.write(head);
      more();
    });
  }

  const residentMiB = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${here.pid}/status`, "utf8"))?.[1]) / 1024;

  // Skipped where the system is not Linux: memory is read from /proc.
  test.skipIf(!existsSync("/proc/self/status"))("100 MB are refused by their length, and by what comes", async () => {
    const before = residentMiB();
    const told = await pour(`${headers()}Content-Length: ${100 * 1024 * 1024}\r\n\r\n`, (bytes) => bytes);
    expect(told.said).toMatch(/^HTTP\/1\.1 413 /);
    expect(told.said).toContain('"code":"request.too_large"');
    const size = chunk.length.toString(16);
    const untold = await pour(`${headers()}Transfer-Encoding: chunked\r\n\r\n`, (bytes) =>
      Buffer.concat([Buffer.from(`${size}\r\n`), bytes, Buffer.from("\r\n")]),
    );
    expect(untold.said).toMatch(/^HTTP\/1\.1 413 /);
    // What the kernel's buffers take is out of the client's hands.
    expect([told, untold].map(({ poured }) => poured < 16 * 1024 * 1024)).toEqual([true, true]);
    expect(residentMiB() - before).toBeLessThan(48);
    expect((await here.ask("/health")).status).toBe(200);
  });

  test("who asks before it sends (Expect: 100-continue) is told without sending", async () => {
    const head = `${headers()}Content-Length: ${100 * 1024 * 1024}\r\nExpect: 100-continue\r\n\r\n`;
    const said = await here.raw(head);
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said).not.toContain("100 Continue");
  });

  test("a body of just the limit is read, and answered for what it is", async () => {
    const body = `{"file":"${"a".repeat(1024 * 1024 - 20)}"}`;
    expect(await codeOf("/tracepoints", { method: "POST", body })).toEqual([400, "usage.invalid"]);
    expect(await codeOf("/tracepoints", { method: "POST", body: `${body}${" ".repeat(100)}` })).toEqual([
      413,
      "request.too_large",
    ]);
  });

  test("headers beyond 16 KiB are refused", async () => {
    const said = await here.raw(
      `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${here.port}\r\nX: ${"a".repeat(40_000)}\r\n\r\n`,
    );
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

test(
  "who sends its request byte by byte is let go, and others are answered meanwhile (slow-loris)",
  { timeout: 60_000 },
  async () => {
    const startedMs = Date.now();
    const slow = Array.from({ length: 100 }, () => {
      const socket = connect(here.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${here.port}\r\n`);
      const drip = setInterval(() => socket.writable && socket.write("X-A: b\r\n"), 500);
      return new Promise<number>((resolve) =>
        socket.once("close", () => {
          clearInterval(drip);
          resolve(Date.now() - startedMs);
        }),
      );
    });
    expect((await here.ask("/health")).status).toBe(200);
    const tookMs = await Promise.all(slow);
    expect(Math.max(...tookMs)).toBeLessThan(25_000);
    expect(Math.min(...tookMs)).toBeGreaterThan(5000);
  },
);

describe("names and texts that would be obeyed elsewhere", () => {
  const hostile = [
    `'; DROP TABLE events; --`,
    `<script>alert(1)</script>`,
    `"><img src=x>`,
    `\u202egnp.exe`,
    `{{7*7}}`,
    "`id`$(id)",
  ];

  test("come back as they are, and are drawn harmless", async () => {
    const given = { file: `a'b"<c>.py`, line: 7, tags: hostile, message: `<b>'; SELECT 1; -- \u202e` };
    const { status, json, headers } = await here.ask("/logpoints", { method: "POST", body: given });
    expect([status, json["tags"], json["file"], headers["content-type"]]).toEqual([
      201,
      hostile,
      given.file,
      "application/json",
    ]);
    const listed = await here.ask(`/points?tag=${encodeURIComponent(hostile[0] ?? "")}`);
    expect((listed.json["points"] as unknown[]).length).toBe(1);
    for (const words of [
      ["probe", "list"],
      ["probe", "show", String(json["id"])],
      ["probe", "list", "--json"],
    ]) {
      const { stdout, code } = await here.spoor(words);
      expect([words, code]).toEqual([words, 0]);
      // oxlint-disable-next-line no-control-regex -- they are what this is about
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });

  test("are refused where they would be obeyed by a terminal", async () => {
    for (const text of ["\u001b]0;title\u0007", "\u009b2J", "a\nb", "\u007f"]) {
      const { status } = await here.ask("/logpoints", {
        method: "POST",
        body: { file: "a.py", line: 1, message: text },
      });
      expect(status).toBe(400);
      expect(
        (await here.ask("/tracepoints", { method: "POST", body: { file: "a.py", line: 1, tags: [text] } })).status,
      ).toBe(400);
      expect((await here.ask(`/processes/${encodeURIComponent(text)}/wake`, { method: "POST" })).status).toBe(400);
    }
  });

  test("do not break out of Prometheus' text", async () => {
    const labels = { route: "path" };
    await here.ask("/metrics", { method: "POST", body: { file: "a.py", line: 1, name: "m", labels } });
    for (const body of [
      { file: "a.py", line: 1, name: 'm{a="b"} 1\nx' },
      { file: "a.py", line: 1, labels: { 'a="b"} 1\n': "path" } },
      { file: "a.py", line: 1, labels: { le: "path" } },
      { file: "a.py", line: 1, labels: { __name__: "path" } },
    ]) {
      expect((await here.ask("/metrics", { method: "POST", body })).status).toBe(400);
    }
    const body = '{"file":"a.py","line":1,"labels":{"__proto__":"path"}}';
    expect((await here.ask("/metrics", { method: "POST", body })).json["labels"]).toEqual({});
  });
});

/** The first line of the answer to an upgrade. */
function upgrade(path: string, headers: Record<string, string>): Promise<string> {
  const lines = Object.entries({
    Host: `127.0.0.1:${here.port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return here.raw(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, { forMs: 1500 });
}

test("the sources of the door name no file that a request could choose", () => {
  const directory = join(import.meta.dirname, "../../../src/doors/http");
  const reading = ["routes.ts", "input.ts", "event-stream.ts", "websocket.ts"].filter((name) =>
    /node:fs/.test(readFileSync(join(directory, name), "utf8")),
  );
  expect(reading).toEqual([]);
});
