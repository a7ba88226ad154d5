// One case of bench/node/hooks.ts in a process of its own: calls of one function, bare or with the hooks that the transform
// would put in, and what one of them takes on the program's thread. Arguments: the runtime's bundle, a run, case, variant, calls.
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [bundle, run, name, variant, countText] = process.argv.slice(2);
const { createRuntime } = await import(pathToFileURL(bundle).href);
const runtime = createRuntime({ directory: run });
if (variant === "paused") runtime.pause();
const h = runtime.hooks;
const at = (line, captures, kind = "function") => ({
  name: `f${line}`,
  kind,
  line,
  column: 0,
  parameters: captures,
  captures,
});
const functions = [
  at(1, [], "module"),
  at(2, []),
  at(3, ["a", "b"]),
  at(4, ["s"]),
  at(5, ["o"]),
  at(6, ["x"]),
  at(7, ["n"], "coroutine"),
];
const base = runtime.define({ file: "/p/a.js", module: "a", functions, sites: [] }).functions;
const [F0, F2, FS, FO, FX, FA] = [base + 1, base + 2, base + 3, base + 4, base + 5, base + 6];

const nothing = Promise.resolve();
const bare = {
  none: () => {},
  numbers: (a, b) => a + b,
  text: (s) => s,
  object: (o) => o,
  array: (x) => x,
  await: async (n) => {
    await nothing;
    return n;
  },
};
const hooked = {
  none: () => {
    const $s = h.e0(F0, 0);
    try {
      h.q($s);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
  numbers: (a, b) => {
    const $s = h.e2(F2, 0, a, b);
    try {
      return h.r($s, a + b);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
  text: (s) => {
    const $s = h.e1(FS, 0, s);
    try {
      return h.r($s, s);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
  object: (o) => {
    const $s = h.e1(FO, 0, o);
    try {
      return h.r($s, o);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
  array: (x) => {
    const $s = h.e1(FX, 0, x);
    try {
      return h.r($s, x);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
  await: async (n) => {
    const $s = h.e1(FA, 0, n);
    try {
      h.u($s, await h.w($s, nothing));
      return h.r($s, n);
    } catch ($e) {
      h.x($s, $e);
      throw $e;
    }
  },
};
const texts = (length) =>
  Array.from({ length: 64 }, (_, i) => `${i} plain words of a sentence that goes on `.repeat(8).slice(0, length));
const inputs = {
  none: [0],
  numbers: [0],
  text20: texts(20),
  text200: texts(200),
  object: Array.from({ length: 64 }, (_, i) => ({
    id: i,
    name: `name ${i}`,
    total: i * 1.5,
    paid: true,
    count: 2 * i,
  })),
  array: Array.from({ length: 64 }, (_, i) => Array.from({ length: 20 }, (_, j) => i * j)),
  await: [0],
};
const kind = name.startsWith("text") ? "text" : name;
const f = (variant === "bare" ? bare : hooked)[kind];
const input = inputs[name];
let kept = 0;

async function turn(n) {
  if (name === "await") {
    for (let i = 0; i < n; i++) kept += await f(i & 1023);
  } else if (name === "numbers") {
    for (let i = 0; i < n; i++) kept += f(i & 1023, 7);
  } else if (name === "none") {
    for (let i = 0; i < n; i++) kept += f() === undefined ? 0 : 1;
  } else {
    for (let i = 0; i < n; i++) kept += f(input[i & 63]) === null ? 1 : 0;
  }
  await setImmediate();
}

const count = Number(countText);
const nanoseconds = (/** @type {bigint} */ span) => Number(span);
for (let i = 0; i < 20; i++) await turn(count / 40);
// Short samples, of which the least was disturbed least; each is long enough for several blocks to be written.
let best = Infinity;
for (let i = 0; i < 40; i++) {
  const start = process.hrtime.bigint();
  await turn(count / 40);
  best = Math.min(best, nanoseconds(process.hrtime.bigint() - start) / (count / 40));
}
process.stdout.write(`${best} ${kept > -1}`);
