// The HTTP API as its clients meet it: bodies, statuses and errors, by a real daemon with an agent at its socket; and its description.
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { liveOperations } from "../../../src/operations/live/list.ts";
import { simulatedAgent, type SimulatedAgent } from "../../live/simulated-agent.ts";
import { served, type Asking, type Served } from "./served.ts";

let here: Served;
let agent: SimulatedAgent;
beforeAll(async () => {
  here = await served();
  agent = simulatedAgent({
    socket: here.daemon.places.agentsSocket,
    root: here.daemon.project,
    name: "shop",
    resolve(place) {
      if (place.kind === "function") return { found: false, why: "unknown" };
      if (place.file === "twice.py") return { found: false, why: "ambiguous", files: ["/a/twice.py", "/b/twice.py"] };
      if (place.file !== "handlers.py") return { found: false, why: "unknown" };
      const file = "/srv/shop/handlers.py";
      if (place.line === 41) return { found: false, why: "no_code", file, nearest: [40, 42] };
      return { found: true, file, line: place.line, function: "handle" };
    },
    stateOf: (probe) =>
      probe.place.kind === "line" && probe.place.file === "handlers.py"
        ? { id: probe.id, state: "placed", file: "/srv/shop/handlers.py", line: probe.place.line, function: "handle" }
        : { id: probe.id, state: "waiting" },
  });
  await agent.says("desire");
});
afterAll(async () => {
  agent.vanish();
  await here[Symbol.asyncDispose]();
});

const post = (path: string, body?: unknown) => here.ask(path, { method: "POST", body });
const placed = { file: "handlers.py", line: 42 };

describe("probes", () => {
  test("a tracepoint is made with 201 and says where it is in each process", async () => {
    const given = { ...placed, condition: "user_id > 100", tags: ["a", "b", "a"], rateLimit: 2.5, expiresIn: "10m" };
    const { status, json } = await post("/tracepoints", given);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: expect.stringMatching(/^t[1-9]\d*$/),
      type: "tracepoint",
      file: "handlers.py",
      line: 42,
      condition: "user_id > 100",
      tags: ["a", "b"],
      enabled: true,
      rateLimit: { perSecond: 2.5, burst: 3 },
      hitLimit: null,
      counts: { hits: 0, sent: 0 },
      processes: [
        {
          process: agent.id,
          state: { state: "placed", file: "/srv/shop/handlers.py", line: 42, function: "handle" },
          counts: { hits: 0 },
        },
      ],
    });
    const lifeMs = Date.parse(json["expiresAt"] as string) - Date.parse(json["createdAt"] as string);
    expect(Math.abs(lifeMs - 600_000)).toBeLessThan(5000);
    expect((await here.ask(`/points/${String(json["id"])}`)).json).toMatchObject({ id: json["id"] });
  });

  test("FILE:LINE, logpoints, metrics and functions are made alike", async () => {
    expect((await post("/tracepoints", { file: "src/handlers.py:42:7" })).json).toMatchObject({
      file: "src/handlers.py",
      line: 42,
    });
    const log = await post("/logpoints", { ...placed, message: "user {user_id}" });
    expect([log.status, log.json["type"], log.json["rateLimit"]]).toEqual([
      201,
      "logpoint",
      { perSecond: 5000, burst: 5000 },
    ]);
    const metric = await post("/metrics", {
      ...placed,
      kind: "histogram",
      expression: "total",
      labels: { route: "path" },
      buckets: [10, 1, 10],
    });
    expect(metric.json).toMatchObject({
      name: "handlers_42",
      kind: "histogram",
      buckets: [1, 10],
      labels: { route: "path" },
    });
    const timer = await post("/metrics", { function: "Cart.total", module: "shop", kind: "timer", expiresIn: null });
    expect(timer.json).toMatchObject({
      name: "cart_total",
      file: null,
      function: "Cart.total",
      module: "shop",
      expiresAt: null,
    });
    // Nobody has such a function: it waits.
    expect(timer.json["processes"]).toMatchObject([{ state: { state: "waiting" } }]);
  });

  test("are changed, switched, listed by filters, and removed", async () => {
    const { id } = (await post("/logpoints", { ...placed, message: "old", tags: ["x"] })).json as { id: string };
    const change = { message: "new {user_id}", condition: "a > 1", hitLimit: 5, expiresIn: "never", tags: ["x", "y"] };
    const changed = await here.ask(`/points/${id}`, { method: "PUT", body: change });
    expect([changed.status, changed.json]).toMatchObject([
      200,
      { id, message: "new {user_id}", condition: "a > 1", hitLimit: 5, expiresAt: null, tags: ["x", "y"] },
    ]);
    const cleared = await here.ask(`/points/${id}`, { method: "PUT", body: { condition: "", hitLimit: null } });
    expect(cleared.json).toMatchObject({ condition: null, hitLimit: null, message: "new {user_id}" });
    expect((await post(`/points/${id}/disable`)).json["enabled"]).toBe(false);
    const ids = async (query: string) =>
      ((await here.ask(`/points?${query}`)).json["points"] as { id: string }[]).map((each) => each.id);
    expect(await ids("enabled=false")).toEqual([id]);
    expect(await ids("disabled=true&type=logpoint&tag=y")).toEqual([id]);
    expect(await ids("tag=y&enabled=true")).toEqual([]);
    expect((await post(`/points/${id}/enable`)).json["enabled"]).toBe(true);
    expect(await ids("process=shop&tag=y")).toEqual([id]);
    const off = await post("/tags/disable", { tags: ["y", "nobody"] });
    expect((off.json["points"] as { id: string; enabled: boolean }[]).map((each) => [each.id, each.enabled])).toEqual([
      [id, false],
    ]);
    await post("/tags/enable", { tags: ["y"] });
    expect(await ids("tag=y&enabled=true")).toEqual([id]);
    const removed = await here.ask(`/points/${id}`, { method: "DELETE" });
    expect([removed.status, removed.json["id"]]).toEqual([200, id]);
    expect((await here.ask(`/points/${id}`)).status).toBe(404);
  });

  test("answers say what they saw and what they did not", async () => {
    const { json } = await here.ask("/points");
    expect(json["seen"]).toMatchObject({ connected: 1, away: 0, waiting: expect.any(Number) });
    expect((json["seen"] as { waiting: number }).waiting).toBeGreaterThan(0);
  });
});

describe("errors are a sentence, a stable code and details", () => {
  const cases: [string, Asking, number, string, object][] = [
    ["/tracepoints", { method: "POST", body: "file=handlers.py&line=42" }, 400, "request.not_json", {}],
    ["/tracepoints", { method: "POST", body: "[1]" }, 400, "usage.invalid", { field: "body" }],
    ["/tracepoints", { method: "POST" }, 400, "usage.invalid", { field: "file" }],
    ["/tracepoints", { method: "POST", body: { file: "a.py" } }, 400, "usage.invalid", { field: "file" }],
    ["/tracepoints", { method: "POST", body: { ...placed, function: "f" } }, 400, "usage.invalid", { field: "file" }],
    ["/tracepoints", { method: "POST", body: { ...placed, line: "42" } }, 400, "usage.invalid", { field: "line" }],
    ["/tracepoints", { method: "POST", body: { ...placed, lines: 42 } }, 400, "usage.invalid", {}],
    [
      "/tracepoints",
      { method: "POST", body: { ...placed, expiresIn: "soon" } },
      400,
      "duration.invalid",
      { text: "soon" },
    ],
    ["/logpoints", { method: "POST", body: placed }, 400, "usage.invalid", { field: "message" }],
    ["/metrics", { method: "POST", body: { ...placed, kind: "gauge" } }, 400, "usage.invalid", { field: "expression" }],
    ["/points?tpye=metric", {}, 400, "usage.invalid", { field: "tpye" }],
    ["/api/events?limit=many", {}, 400, "usage.invalid", { field: "limit" }],
    ["/points/t9999", {}, 404, "probe.not_found", {}],
    ["/processes/nobody/wake", { method: "POST" }, 404, "process.not_found", {}],
    ["/no-such", {}, 404, "request.no_such_route", {}],
    ["/operations/points.list", { method: "POST", body: {} }, 404, "request.no_such_route", {}],
    ["/tracepoints", { method: "POST", body: { ...placed, line: 41 } }, 422, "probe.no_code", { nearest: [40, 42] }],
    ["/tracepoints", { method: "POST", body: { ...placed, file: "twice.py" } }, 422, "probe.ambiguous", {}],
    [
      "/tracepoints",
      { method: "POST", body: { ...placed, condition: "user_id >" } },
      422,
      "probe.condition",
      { column: expect.any(Number) },
    ],
    [
      "/logpoints",
      { method: "POST", body: { ...placed, message: "{user." } },
      422,
      "probe.condition",
      { column: expect.any(Number) },
    ],
  ];

  test.each(cases)("%s %j is %i %s", async (path, asking, status, code, details) => {
    const answered = await here.ask(path, asking);
    expect([answered.status, answered.json]).toMatchObject([
      status,
      { code, error: expect.stringMatching(/\.$/), details },
    ]);
    expect(Object.keys(answered.json)).toEqual(expect.arrayContaining(["error", "code", "details"]));
  });

  test("a kind of probe has its own fields only", async () => {
    const { id } = (await post("/tracepoints", placed)).json as { id: string };
    const refused = await here.ask(`/points/${id}`, { method: "PUT", body: { message: "x" } });
    expect([refused.status, refused.json["error"]]).toEqual([400, '"message" is not valid: a tracepoint has none.']);
  });
});

describe("processes", () => {
  test("are listed with their state, put to sleep and woken by id, pid or name", async () => {
    const { json } = await here.ask("/processes");
    expect(json["processes"]).toMatchObject([
      { id: agent.id, name: "shop", connected: true, runtime: "cpython", parent: null },
    ]);
    expect((await post("/processes/shop/sleep")).status).toBe(200);
    expect(agent.desired()?.state).toBe("asleep");
    expect((await post(`/processes/${agent.id}/wake`)).json).toMatchObject({ id: agent.id });
    expect(agent.desired()?.state).toBe("awake");
  });

  test("health has all of them", async () => {
    const { json } = await here.ask("/health");
    expect(json).toMatchObject({
      status: "ok",
      processes: [{ engine: "monitoring", features: [] }],
      http: { port: here.port },
    });
  });
});

describe("the description", () => {
  test("is valid OpenAPI 3.1 and has every operation at its route", async () => {
    const { json, status } = await here.ask("/openapi.json");
    expect(status).toBe(200);
    const result = await new Validator().validate(structuredClone(json));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    const paths = json["paths"] as Record<string, Record<string, { operationId: string }>>;
    for (const { name, http } of liveOperations) {
      expect(paths[http.path]?.[http.method.toLowerCase()]).toMatchObject({ operationId: name });
    }
    const broken = await new Validator().validate({
      ...structuredClone(json),
      paths: { "/x": { get: { responses: 7 } } },
    });
    expect(broken.valid).toBe(false);
  });

  test("is what the operations really answer", async () => {
    const id = ((await post("/tracepoints", placed)).json as { id: string }).id;
    for (const operation of liveOperations) {
      const { method, path, answers } = operation.http;
      if (method !== "GET") continue;
      const { status, json } = await here.ask(path.replace("{id}", id));
      expect([operation.name, status]).toEqual([operation.name, 200]);
      const whole = answers === undefined ? json : { [answers]: json, seen: (await here.ask("/points")).json["seen"] };
      const checked = operation.data.safeParse(whole);
      expect([operation.name, checked.error?.issues ?? []]).toEqual([operation.name, []]);
    }
  });
});

describe("the commands", () => {
  test("place, list, show, change and remove", async () => {
    const added = await here.spoor([
      "probe",
      "add",
      "handlers.py:42",
      "--if",
      "user_id > 100",
      "--tag",
      "cli",
      "--rate-limit",
      "3",
    ]);
    expect([added.stderr, added.code]).toEqual(["", 0]);
    const [, id = ""] = /^(t\d+) tracepoint at handlers\.py:42\n {4}if user_id > 100\n/.exec(added.stdout) ?? [];
    expect(id).not.toBe("");
    expect(added.stdout).toContain(`${agent.id}: placed at /srv/shop/handlers.py:42 in handle`);
    expect(added.stdout).toMatch(/\nsaw: 1 process; .*\nnext: spoor hits t\d+ --follow\n$/s);
    const listed = await here.spoor(["probe", "list", "--tag", "cli"]);
    expect(listed.stdout).toMatch(
      new RegExp(`^${id} +tracepoint +handlers\\.py:42 +if user_id > 100 +placed +0 +0 +cli$`, "m"),
    );
    const metric = await here.spoor([
      "probe",
      "metric",
      "handlers.py:42",
      "--kind",
      "histogram",
      "--expression",
      "total",
      "--label",
      "route=path",
    ]);
    expect(metric.stdout).toContain("histogram handlers_42{route=path} of total");
    const log = await here.spoor(["probe", "log", "handlers.py:42", "user {user_id}", "--for", "x"]);
    expect([log.code, log.stderr]).toEqual([2, expect.stringContaining("--for")]);
    const changed = await here.spoor(["probe", "change", id, "--if", "", "--expires-in", "never"]);
    expect(changed.stdout).toContain("never expires");
    expect(changed.stdout).not.toContain("user_id");
    expect((await here.spoor(["probe", "disable-tags", "cli"])).stdout).toContain("disabled");
    expect((await here.spoor(["probe", "remove", id])).stdout).toMatch(new RegExp(`^removed ${id} tracepoint`));
    const gone = await here.spoor(["probe", "show", id, "--json-errors"]);
    expect([gone.code, JSON.parse(gone.stderr)]).toMatchObject([
      2,
      { error_code: "probe.not_found", error_kind: "usage" },
    ]);
  });

  test("say why a place is none", async () => {
    const { code, stderr } = await here.spoor(["probe", "add", "handlers.py:41"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("40");
    expect(stderr).toContain("42");
    const without = await here.spoor(["probe", "add", "handlers.py"]);
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("has no line: write FILE:LINE")]);
  });

  test("ps, wake, sleep, health and the daemon's own answer", async () => {
    const ps = await here.spoor(["ps"]);
    expect(ps.stdout).toMatch(
      new RegExp(`^${agent.id} +shop +\\S.* +cpython 3\\.12\\.1, monitoring +\\d+ +python3 shop\\.py$`, "m"),
    );
    expect((await here.spoor(["sleep", "shop"])).code).toBe(0);
    expect((await here.spoor(["wake", "shop", "--json"])).stdout).toContain(agent.id);
    expect((await here.spoor(["daemon", "health"])).stdout).toMatch(/^ok · spoor .*\n1 process connected, /);
    expect((await here.spoor(["daemon", "status"])).stdout).toContain(`http://127.0.0.1:${here.port}`);
    expect((await here.spoor(["daemon", "token"])).stdout.trim()).toBe(here.token);
  });
});
