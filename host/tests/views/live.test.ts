// Live processes, probes and events as text, in pictures.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Counts, EventAnswer, ProbeAnswer, ProcessAnswer, Seen } from "../../src/answers/live.ts";
import { timeOfDay, toTheSecond } from "../../src/views/clock.ts";
import { eventsText } from "../../src/views/events.ts";
import { probeListText, probeText } from "../../src/views/probes.ts";
import { processesText } from "../../src/views/processes.ts";
import { visible, visibleJson } from "../../src/views/visible.ts";

const zone = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "Europe/Berlin";
});
afterAll(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});
const now = new Date("2026-11-01T23:10:00.000Z");
const morning = new Date("2026-11-01T09:40:00.000Z");

const style = { columns: 100, colour: false, budget: 2000 };
const counts: Counts = { hits: 1204, sent: 800, unmet: 300, limited: 104, dropped: 0, errors: 3, costNs: 9_632_000 };
const none: Counts = { hits: 0, sent: 0, unmet: 0, limited: 0, dropped: 0, errors: 0, costNs: 0 };
const seen: Seen = { connected: 2, away: 1, held: 1, probes: 3, disabled: 1, waiting: 1, failed: 0, ended: 0, counts };

const tracepoint: ProbeAnswer = {
  id: "t1",
  type: "tracepoint",
  file: "handlers.py",
  line: 42,
  function: null,
  module: null,
  condition: "user.id > 100",
  tags: ["checkout"],
  enabled: true,
  rateLimit: { perSecond: 10, burst: 10 },
  hitLimit: 50,
  createdAt: "2026-11-01T09:00:00.000Z",
  expiresAt: "2026-11-01T10:00:00.000Z",
  process: null,
  counts,
  expressions: ["len(items)"],
  globals: ["CACHE"],
  stack: { frames: 5, locals: 0 },
  waitForEnd: true,
  values: "default",
  processes: [
    {
      process: "4711-k3x9a1",
      state: { id: "t1", state: "placed", file: "/srv/shop/handlers.py", line: 44, function: "handle", moved: true },
      counts,
    },
    { process: "4712-zz9a1b", state: { id: "t1", state: "waiting" }, counts: none },
    {
      process: "4713-q1q1q1",
      state: { id: "t1", state: "failed", code: "no_code", message: "line 42 has no code", nearest: [40, 44] },
      counts: none,
    },
  ],
};

const logpoint: ProbeAnswer = {
  ...tracepoint,
  id: "l2",
  type: "logpoint",
  message: "user {user.id}",
  condition: null,
  tags: [],
  enabled: false,
  counts: none,
  processes: [],
};

const metric: ProbeAnswer = {
  ...tracepoint,
  id: "m3",
  type: "metric",
  file: null,
  line: null,
  module: "shop",
  function: "Cart.total",
  name: "cart_total_seconds",
  kind: "timer",
  expression: null,
  labels: { route: "request.path" },
  buckets: [1],
  condition: null,
  processes: tracepoint.processes.slice(0, 1),
};

const processes: ProcessAnswer[] = [
  {
    id: "4711-k3x9a1",
    name: "shop",
    pid: 4711,
    parent: null,
    hostname: "h",
    runtime: "cpython",
    runtimeVersion: "3.12.1",
    agentVersion: "0.1.0",
    engine: "monitoring",
    features: [],
    root: "/srv/shop",
    cwd: "/srv/shop",
    argv: ["gunicorn", "shop:app"],
    startedAt: "2026-11-01T09:00:00.000Z",
    state: "awake",
    held: false,
    connected: true,
    probes: 0,
    run: null,
  },
];
const worker = { ...(processes[0] as ProcessAnswer), id: "4712-zz9a1b", parent: "4711-k3x9a1", probes: 2 };
const held = { ...worker, id: "4713-q1q1q1", state: "asleep" as const, held: true, probes: 0 };
const gone = { ...worker, id: "4714-aaaaaa", parent: "1-nobody", connected: false, name: "evil\u001b[2J" };

test("probes, one and all", () => {
  expect(`\n${probeListText({ points: [tracepoint, logpoint, metric], seen }, { ...style, columns: 130 })}\n`)
    .toMatchInlineSnapshot(`
      "
      probe  type        place            what                                      state                           hits  sent  tags
      t1     tracepoint  handlers.py:42   if user.id > 100                          placed 1, waiting 1, failed 1  1,204   800  checkout
      l2     logpoint    handlers.py:42   "user {user.id}"                          disabled                           0     0
      m3     metric      shop.Cart.total  timer cart_total_seconds{route=request.…  placed                         1,204   800  checkout

      saw: 2 processes, 1 put to sleep, 1 gone without farewell; 3 probes, 1 disabled, 1 waiting for code to be loaded; 1,204 hits, 300
           did not meet the condition (3 for an error in it), 104 beyond a limit
      "
    `);
  expect(`\n${probeText({ probe: tracepoint, seen }, style, "", morning)}\n`).toMatchInlineSnapshot(`
    "
    t1 tracepoint at handlers.py:42
        if user.id > 100
        shows len(items), globals CACHE, 5 frames of the stack, waits for the end of the function
        10 a second at most, 50 hits at most, until 11:00:00, tags checkout
        4711-k3x9a1: placed at /srv/shop/handlers.py:44 in handle (the code has moved there)
            1,204 hits: 800 sent, 300 did not meet the condition, 104 beyond a limit, 8.00 µs each
        4712-zz9a1b: waiting: no such code is loaded there yet
        4713-q1q1q1: not placed: line 42 has no code; nearest lines with code: 40, 44
        1,204 hits: 800 sent, 300 did not meet the condition, 104 beyond a limit, 8.00 µs each

    saw: 2 processes, 1 put to sleep, 1 gone without farewell; 3 probes, 1 disabled, 1 waiting for code
         to be loaded; 1,204 hits, 300 did not meet the condition (3 for an error in it), 104 beyond a
         limit
    "
  `);
  expect(`\n${probeText({ probe: logpoint, seen }, style, "removed")}\n`).toMatchInlineSnapshot(`
    "
    removed l2 logpoint at handlers.py:42
        0 hits: 0 sent

    saw: 2 processes, 1 put to sleep, 1 gone without farewell; 3 probes, 1 disabled, 1 waiting for code
         to be loaded; 1,204 hits, 300 did not meet the condition (3 for an error in it), 104 beyond a
         limit
    "
  `);
});

test("processes stand under their parents", () => {
  const shown = { processes: [worker, ...processes, held, gone], daemonStartedAt: "2026-11-01T09:00:00.000Z", seen };
  expect(`\n${processesText(shown, style, Date.parse("2026-11-01T09:00:03.000Z"))}\n`).toMatchInlineSnapshot(`
    "
    process        name         state        runs on                     probes  command
    4711-k3x9a1    shop         awake        cpython 3.12.1, monitoring       0  gunicorn shop:app
      4712-zz9a1b  shop         awake        cpython 3.12.1, monitoring       2  gunicorn shop:app
      4713-q1q1q1  shop         held asleep  cpython 3.12.1, monitoring       0  gunicorn shop:app
    4714-aaaaaa    evil\\x1b[2J  gone?        cpython 3.12.1, monitoring       2  gunicorn shop:app
    gone?: 1 process without farewell; may come back
    the daemon has just started: processes find it within 5 seconds; ask again

    saw: 2 processes, 1 put to sleep, 1 gone without farewell; 3 probes, 1 disabled, 1 waiting for code
         to be loaded; 1,204 hits, 300 did not meet the condition (3 for an error in it), 104 beyond a
         limit
    "
  `);
  const empty: Seen = { ...seen, connected: 0, away: 0, held: 0, probes: 0, disabled: 0, waiting: 0, counts: none };
  const nobody = { processes: [], daemonStartedAt: "2026-11-01T08:00:00.000Z", seen: empty };
  expect(`\n${processesText(nobody, style, Date.parse("2026-11-01T09:00:00.000Z"))}\n`).toMatchInlineSnapshot(`
    "
    no process waits for probes; only those of Python can

    saw: no process is connected; 0 probes; 0 hits
    "
  `);
});

const client = {
  hostname: "h",
  applicationName: "shop",
  applicationInstanceId: "4711-k3x9a1",
  agentVersion: "0.1.0",
  runtime: "cpython",
  runtimeVersion: "3.12.1",
};
const base = {
  probeId: "t1",
  probeType: "tracepoint",
  file: "/srv/shop/src/handlers.py",
  line: 42,
  function: "handle",
  tags: [],
};
const event = (name: EventAnswer["name"], payload: object): EventAnswer => ({
  id: "4711-k3x9a1:1",
  name,
  timestamp: "2026-11-01T09:30:00.123Z",
  client,
  payload: { ...base, ...payload },
});

test("events of every kind, the newest last", () => {
  const events = [
    event("agent.status.stopped", {
      probeId: null,
      file: null,
      function: null,
      argv: ["python3", "shop.py"],
      why: "exit",
    }),
    event("probe.error.rateLimit", { why: "rate", count: 104 }),
    event("probe.error.snapshot", { error: "no name 'usr'", count: 1 }),
    event("probe.error.condition", { error: "no name 'usr'", column: 3, count: 12 }),
    event("probe.hit.metric", {
      metric: "orders",
      kind: "counter",
      labels: { route: "/pay" },
      samples: 1200,
      sum: 1200.5,
      min: 1,
      max: 2,
    }),
    event("probe.hit.logpoint", { message: "user 7\u001b[2J pays" }),
    event("probe.hit.snapshot", {
      durationNs: 1_250_000,
      request: { method: "GET", path: "/pay", route: "/pay" },
      snapshot: {
        arguments: { a: 1 },
        locals: { a: 2, b: "x" },
        globals: { CACHE: {} },
        exception: { $: "ValueError", message: "bad" },
      },
      stack: [
        { file: "/srv/shop/src/handlers.py", line: 42, function: "handle" },
        { file: "/srv/shop/src/app.py", line: 7, function: "dispatch", locals: { path: "/pay" } },
      ],
    }),
  ];
  expect(`\n${eventsText({ events, cursor: "c", keptFrom: "2026-10-18T10:00:00.000Z", seen }, style, morning)}\n`)
    .toMatchInlineSnapshot(`
    "
    … there are older events: --limit, --cursor
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711  GET /pay
        a = 2
        b = 'x'
        CACHE = {}
        raised = ValueError(message='bad')  in 1.25 ms
        called by shop/src/app.py:7 dispatch
        [1] path = '/pay'
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711
        user 7\\x1b[2J pays
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711
        orders{route=/pay}: 1,200 samples, sum 1200.5, min 1, max 2
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711
        condition failed: no name 'usr' (column 3), 12 times
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711
        could not be taken: no name 'usr'
    10:30:00.123  t1  shop/src/handlers.py:42  handle  shop 4711
        104 hits not shown: more than the rate limit allows
    10:30:00.123  shop 4711
        stopped (exit): python3 shop.py

    saw: 2 processes, 1 put to sleep, 1 gone without farewell; 3 probes, 1 disabled, 1 waiting for code
         to be loaded; 1,204 hits, 300 did not meet the condition (3 for an error in it), 104 beyond a
         limit
    "
  `);
  const few = eventsText(
    { events: Array.from({ length: 500 }, () => events[5] as EventAnswer), cursor: null, keptFrom: null, seen },
    { ...style, budget: 300 },
  );
  expect(eventsText({ events, cursor: null, keptFrom: "2026-10-18T10:00:00.000Z", seen }, style, morning)).toMatch(
    /^… events from before 2026-10-18T10:00:00.000Z are no longer kept: events.age, events.size\n/,
  );
  expect(few).toMatch(/^… \d+ older events not drawn: --budget, --json\n/);
});

test("times are those of the clock on the wall, with the day where it is another one", () => {
  expect(timeOfDay("2026-11-01T23:05:06.007Z", now)).toBe("00:05:06.007");
  expect(timeOfDay("2026-11-01T22:59:59.900Z", now)).toBe("2026-11-01 23:59:59.900");
  expect(toTheSecond("2026-11-02T10:00:00.000Z", now)).toBe("11:00:00");
});

test("what a terminal could obey is shown as an escape, and JSON means the same", () => {
  const text = "a\u001b[2J\u009b\u007f\u202e\u200b\n\tz\u{1f600}é";
  expect(visible(text)).toBe(String.raw`a\x1b[2J\x9b\x7f\u202e\u200b\n\tz😀é`);
  const json = JSON.stringify({ text }, null, 2);
  expect(JSON.parse(visibleJson(json))).toEqual({ text });
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  expect(visibleJson(json)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});
