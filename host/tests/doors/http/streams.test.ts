// Events as they reach whoever reads and follows them: pages, server-sent events, WebSocket, `spoor hits`, and Prometheus; by a real
// daemon and an agent at its socket.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { SentEvent } from "@spoor/protocol/control";
import { logpointEvent, simulatedAgent, type SimulatedAgent } from "../../live/simulated-agent.ts";
import { bin } from "../../spoor.ts";
import { run, served, type Served } from "./served.ts";

let here: Served;
let agent: SimulatedAgent;
beforeAll(async () => {
  here = await served();
  agent = simulatedAgent({ socket: here.daemon.places.agentsSocket, root: here.daemon.project });
  await agent.says("welcome");
});
afterAll(async () => {
  agent.vanish();
  await here[Symbol.asyncDispose]();
});

interface Event {
  readonly id: string;
  readonly name: string;
  readonly payload: { readonly message?: string };
}

async function put(...messages: string[]): Promise<void> {
  for (const message of messages) agent.put(logpointEvent("l1", message));
  await agent.allStored();
}

const messagesOf = (events: readonly Event[]) => events.map(({ payload }) => payload.message);

/** Opens the stream and gives what comes, block by block. */
async function stream(query = "", headers: Record<string, string> = {}) {
  const asked = request({
    port: here.port,
    host: "127.0.0.1",
    path: `/api/events/stream${query}`,
    headers,
    agent: false,
  });
  asked.on("error", () => undefined);
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  response.on("error", () => undefined);
  const blocks: string[] = [];
  let rest = "";
  response.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    blocks.push(...parts);
  });
  const events = (): Event[] =>
    blocks
      .filter((block) => block.startsWith("id: "))
      .map((block) => JSON.parse(block.slice(block.indexOf("data: ") + 6)) as Event);
  return { response, blocks, events, until: (isSo: () => boolean) => until(isSo), end: () => asked.destroy() };
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!isSo()) {
    if (Date.now() > endMs) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("pages", () => {
  test("newest first, by filters, and on with the cursor", async () => {
    await put("one", "two", "three");
    agent.put({ ...logpointEvent("l2", "other"), name: "probe.hit.logpoint" });
    await agent.allStored();
    const page = await here.ask("/api/events?probe=l1&limit=2");
    expect(messagesOf(page.json["events"] as Event[])).toEqual(["three", "two"]);
    const older = await here.ask(
      `/api/events?probe=l1&limit=2&cursor=${encodeURIComponent(String(page.json["cursor"]))}`,
    );
    expect(messagesOf(older.json["events"] as Event[])[0]).toBe("one");
    expect(messagesOf((await here.ask("/api/events?probe=l2")).json["events"] as Event[])).toEqual(["other"]);
    expect((await here.ask("/api/events?name=probe.hit.snapshot")).json["events"]).toEqual([]);
    expect(((await here.ask("/api/events?since=10m&tag=t")).json["events"] as Event[]).length).toBeGreaterThanOrEqual(
      4,
    );
    expect((await here.ask("/api/events?tag=nobody")).json["events"]).toEqual([]);
    expect((await here.ask("/api/events?cursor=x%00")).status).toBeLessThan(500);
  });
});

describe("server-sent events", () => {
  test("bring what comes, by filters, each with its id", async () => {
    const following = await stream("?probe=l1");
    expect(following.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
    });
    await until(() => following.blocks.includes("retry: 1000"));
    agent.put(logpointEvent("l9", "not asked for"));
    await put("now\nwith a line");
    await until(() => following.events().length === 1);
    const [event] = following.events();
    expect(event).toMatchObject({
      name: "probe.hit.logpoint",
      payload: { probeId: "l1", message: "now\nwith a line" },
    });
    expect(event?.id).toMatch(new RegExp(`^${agent.id}:\\d+$`));
    following.end();
  });

  test("go on behind the last one that was seen, and lose and repeat none", async () => {
    const first = await stream("?probe=l3");
    const put3 = async (message: string) => {
      agent.put(logpointEvent("l3", message));
      await agent.allStored();
    };
    await put3("a");
    await until(() => first.events().length === 1);
    first.end();
    await put3("b");
    await put3("c");
    const again = await stream("?probe=l3", { "last-event-id": first.events()[0]?.id ?? "" });
    for (let n = 0; n < 50; n++) agent.put(logpointEvent("l3", String(n)));
    await agent.allStored();
    await until(() => again.events().length >= 52);
    const wanted = ["b", "c", ...Array.from({ length: 50 }, (_, n) => String(n))];
    expect(messagesOf(again.events())).toEqual(wanted);
    again.end();
    const start = await stream("?probe=l3", { "last-event-id": "start" });
    await until(() => start.events().length >= 53);
    expect(messagesOf(start.events())).toEqual(["a", ...wanted]);
    start.end();
  });

  test("tell a slow reader how many it missed, and the daemon keeps no more for it", { timeout: 60_000 }, async () => {
    const slow = await stream("?probe=l4");
    slow.response.pause();
    const quick = await stream("?probe=l4");
    const total = 20_000;
    for (let n = 0; n < total; n++) agent.put(logpointEvent("l4", `${n} ${"x".repeat(400)}`));
    await agent.allStored();
    await until(() => quick.events().length + missedOf(quick.blocks) === total);
    slow.response.resume();
    await until(() => slow.events().length + missedOf(slow.blocks) === total);
    expect(missedOf(slow.blocks)).toBeGreaterThan(0);
    slow.end();
    quick.end();
  });

  test("end with the reader: nothing of it stays", async () => {
    const before = descriptors();
    const many = await Promise.all(Array.from({ length: 20 }, () => stream()));
    for (const each of many) each.end();
    await until(() => descriptors() <= before + 2);
    expect((await here.ask("/health")).status).toBe(200);
  });
});

/** Open files of the daemon; null where /proc does not tell. */
function descriptors(): number {
  return existsSync(`/proc/${here.pid}/fd`) ? readdirSync(`/proc/${here.pid}/fd`).length : 0;
}

function missedOf(blocks: readonly string[]): number {
  return blocks
    .filter((block) => block.startsWith("event: missed"))
    .reduce(
      (sum, block) => sum + (JSON.parse(block.slice(block.indexOf("data: ") + 6)) as { missed: number }).missed,
      0,
    );
}

describe("the WebSocket", () => {
  test("brings events and answers operations", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${here.port}/ws?probe=l5`);
    const said: Record<string, unknown>[] = [];
    socket.on("message", (data: Buffer) => said.push(JSON.parse(data.toString()) as Record<string, unknown>));
    await once(socket, "open");
    socket.send(JSON.stringify({ id: 1, ask: "points.list", input: {} }));
    socket.send(JSON.stringify({ id: 2, ask: "points.show", input: { id: "t9999" } }));
    socket.send(JSON.stringify({ id: "three", ask: "no.such" }));
    socket.send("not json");
    await until(() => said.length === 4);
    expect(said).toEqual(
      expect.arrayContaining([
        { id: 1, status: 200, answer: expect.objectContaining({ points: [] }) },
        expect.objectContaining({ id: 2, status: 404, code: "probe.not_found" }),
        expect.objectContaining({ id: "three", status: 400, code: "usage.invalid" }),
        expect.objectContaining({ id: null, status: 400 }),
      ]),
    );
    agent.put(logpointEvent("l5", "hello"));
    await until(() => said.length === 5);
    expect(said[4]).toMatchObject({ event: { payload: { message: "hello" } } });
    socket.close();
  });

  test("is refused for a filter that is none, and for a path that is none", async () => {
    for (const [path, status] of [
      ["/ws?probe=x", 400],
      ["/nothing", 404],
    ] as const) {
      const socket = new WebSocket(`ws://127.0.0.1:${here.port}${path}`);
      const [error] = (await once(socket, "error")) as [Error];
      expect(error.message).toContain(String(status));
    }
  });
});

describe("spoor hits", () => {
  const snapshot: SentEvent = {
    name: "probe.hit.snapshot",
    time: Date.parse("2026-11-01T09:30:00.123Z"),
    payload: {
      probeId: "t7",
      probeType: "tracepoint",
      file: "/srv/shop/handlers.py",
      line: 42,
      function: "handle",
      tags: ["t"],
      thread: { id: 1, name: "MainThread" },
      request: { method: "GET", path: "/pay", route: "/pay" },
      snapshot: {
        arguments: { user_id: 105 },
        locals: { user_id: 105, cart: { $: "Cart", items: [1, 2] }, name: "\u001b[2Jann\u202e" },
        expressions: { "len(items)": 2 },
        returnValue: 9.5,
      },
      durationNs: 1_250_000,
      stack: [
        { file: "/srv/shop/handlers.py", line: 42, function: "handle" },
        { file: "/srv/shop/app.py", line: 7, function: "dispatch" },
      ],
    },
  };

  test("draws snapshots, and nothing in them is obeyed by a terminal", async () => {
    agent.put(snapshot);
    agent.put(logpointEvent("t7", "\u001b]0;owned\u0007 \u009b2J done"));
    await agent.allStored();
    const { stdout, code } = await here.spoor(["hits", "t7"], { COLUMNS: "100" });
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, 9)).toEqual([
      expect.stringMatching(
        /^2026-11-01 \d\d:30:00\.123 {2}t7 {2}\/srv\/shop\/handlers\.py:42 {2}handle {2}shop \d+ {2}GET \/pay$/,
      ),
      "    user_id = 105",
      "    cart = Cart(items=[1, 2])",
      String.raw`    name = '\u001b[2Jann\u202e'`,
      "    len(items) = 2",
      "    returned = 9.5  in 1.25 ms",
      "    called by /srv/shop/app.py:7 dispatch",
      expect.stringMatching(/ t7 {2}\/srv\/shop\/handlers\.py:42 /),
      String.raw`    \x1b]0;owned\x07 \x9b2J done`,
    ]);
    const json = await here.spoor(["hits", "t7", "--json"]);
    for (const text of [stdout, json.stdout]) {
      // oxlint-disable-next-line no-control-regex -- they are what this is about
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
    const data = (JSON.parse(json.stdout) as { data: { events: Event[] } }).data;
    expect(data.events[0]?.payload.message).toBe("\u001b]0;owned\u0007 \u009b2J done");
  });

  test("--follow goes on, also with a daemon that was stopped and started", { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [bin, "hits", "l8", "--follow", "--json"], {
      env: here.daemon.env,
      cwd: here.daemon.project,
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    const messages = () =>
      stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as Event).payload.message);
    try {
      agent.put(logpointEvent("l8", "first"));
      await until(() => messages().length === 1);
      await run(
        process.execPath,
        [bin, "daemon", "restart", "--listen", `127.0.0.1:${here.port}`],
        here.daemon.env,
        "/",
      );
      agent.put(logpointEvent("l8", "second"));
      await agent.allStored();
      await until(() => messages().length === 2);
      expect(messages()).toEqual(["first", "second"]);
    } finally {
      child.kill("SIGKILL");
      await run(
        process.execPath,
        [bin, "daemon", "restart", "--listen", `127.0.0.1:${here.port}`],
        here.daemon.env,
        "/",
      );
    }
  });
});
