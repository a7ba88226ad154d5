// A random well-formed program of one process, as the records that an agent would write: nested calls in two threads
// and a task, generators that other calls resume, exceptions with handlers, `finally` and re-raises, counters and frames.

import type { SpoolRecord } from "@spoor/protocol/spool";

interface Frame {
  readonly id: number;
  readonly generator: boolean;
}

export function randomProgram(seed: number, steps: number): SpoolRecord[] {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const records: SpoolRecord[] = [];
  const stacks: Frame[][] = [[], [], []];
  const sleeping: { id: number; since: number }[] = [];
  const raised: number[] = [];
  let [t, calls, exceptions, requests] = [100, 0, 0, 0];
  const tick = () => (t += 1 + below(50));

  for (const [index, name] of ["work", "numbers", "handle"].entries()) {
    const payload = {
      module: "shop",
      name,
      file: "shop.py",
      kind: index === 1 ? "generator" : "function",
      parameters: [],
    };
    records.push({ kind: "F", id: index + 1, ref: index + 1, payload });
  }
  records.push({ kind: "T", id: 1, t: 0, parent: 0, ref: 7, payload: { name: "MainThread", daemon: false } });
  records.push({ kind: "T", id: 2, t: 50, parent: 0, ref: 8, payload: { name: "worker", daemon: true } });
  records.push({ kind: "K", id: 3, t: 60, parent: 1, thread: 1, payload: { name: "Task-1" } });

  /** One begins, or more becomes known of one. */
  const request = (thread: number, parent: number) => {
    if (requests === 0 || random() < 0.4) {
      const payload = { protocol: "wsgi", method: "GET", path: `/${requests}` };
      records.push({ kind: "Q", id: ++requests, t: tick(), parent, thread, payload });
      return;
    }
    const id = 1 + below(requests);
    const payload = [
      { status: 200 + below(300) },
      { route: "/<n>".repeat(1 + below(3)), handler: "page" },
      { over: true },
    ];
    records.push({ kind: "P", id, t: tick(), thread: random() < 0.3 ? thread : undefined, payload: payload[below(3)] });
  };
  const step = () => {
    const thread = below(3);
    const stack = stacks[thread] ?? [];
    const top = stack.at(-1);
    const parent = top?.id ?? 0;
    const choice = random();
    if (!top || (choice < 0.35 && stack.length < 6)) {
      const isGenerator = random() < 0.3;
      const id = ++calls;
      records.push({
        kind: "C",
        id,
        t: tick(),
        parent,
        ref: isGenerator ? 2 : 1 + 2 * below(2),
        thread: thread + 1,
        payload: { n: id },
      });
      stack.push({ id, generator: isGenerator });
    } else if (choice < 0.37) {
      request(thread + 1, parent);
    } else if (choice < 0.5 && sleeping.length > 0) {
      const [{ id, since } = { id: 0, since: 0 }] = sleeping.splice(below(sleeping.length), 1);
      const now = tick();
      records.push({ kind: "U", id, t: now, parent, ref: now - since, thread: thread + 1 });
      stack.push({ id, generator: true });
    } else if (choice < 0.65 && top.generator) {
      stack.pop();
      const now = tick();
      records.push({ kind: "S", id: top.id, t: now, payload: below(9) });
      sleeping.push({ id: top.id, since: now });
    } else if (choice < 0.78) {
      const again = raised.length > 0 && random() < 0.3;
      const exception = again ? (raised[below(raised.length)] ?? 0) : ++exceptions;
      if (!again) {
        raised.push(exception);
        const payload = {
          type: "ValueError",
          module: "builtins",
          message: String(exception),
          args: [],
          file: "shop.py",
          function: "work",
        };
        records.push({ kind: "E", id: exception, t: tick(), parent, ref: 5, thread: thread + 1, payload });
      }
      unwind(stack, exception, thread + 1);
    } else if (choice < 0.82) {
      const payload = { module: "json", name: `f${below(3)}`, kind: "python", file: null, include: "json.*" };
      records.push({
        kind: "G",
        id: 1 + below(3),
        t: tick(),
        parent: 1 + below(3),
        ref: 1 + below(20),
        thread: below(2),
        payload,
      });
    } else {
      stack.pop();
      records.push({ kind: "R", id: top.id, t: tick(), payload: below(1000) });
    }
  };

  const unwind = (stack: Frame[], exception: number, thread: number) => {
    while (stack.length > 0) {
      const id = stack.at(-1)?.id ?? 0;
      const handles = random();
      if (handles < 0.5) records.push({ kind: "A", id: exception, t: tick(), parent: id, ref: 30, thread });
      if (handles < 0.3) return;
      records.push({ kind: "X", id, t: tick(), ref: exception });
      stack.pop();
    }
    const payload = { file: "/usr/lib/runner.py", function: "run" };
    records.push({ kind: "L", id: exception, t, parent: 0, ref: 3, thread: 0, payload: { ...payload, locals: { t } } });
    if (random() < 0.5) records.push({ kind: "A", id: exception, t: tick(), parent: 0, ref: 9, thread, payload });
  };

  for (let index = 0; index < steps; index++) step();
  // Most programs end in order, so that calls which were open over several segments have an own time, too.
  if (random() < 0.8) {
    for (const { id } of stacks.flatMap((stack) => stack.toReversed())) records.push({ kind: "R", id, t: tick() });
  }
  return records;
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
