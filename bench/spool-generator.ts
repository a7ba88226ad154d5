// Writes a spool as an agent would: a deterministic program of nested calls with arguments, results, a few exceptions
// and generators, in files that rotate as spec/spool.md says. Benches and tests of the store read it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spoolFileName, spoolLine, type SpoolRecord } from "@spoor/protocol/spool";

export interface SpoolShape {
  readonly calls: number;
  /** Process key; its pid should be dead or the writer's own. */
  readonly processKey?: string;
  readonly functions?: number;
  /** Every how many calls one raises and is caught by its caller; 0 for none. */
  readonly raiseEvery?: number;
  /** Every how many calls one is a generator that suspends twice; 0 for none. */
  readonly suspendEvery?: number;
  /** Ends without `Z`, as a killed process does. */
  readonly killed?: boolean;
}

export interface GeneratedSpool {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly records: number;
}

const FIRST_SEGMENT_BYTES = 256 * 1024;
const LARGEST_SEGMENT_BYTES = 16 * 1024 * 1024;

/** Fills `directory` (made if missing) with the spool files of one process. */
export function generateSpool(directory: string, shape: SpoolShape): GeneratedSpool {
  const { calls, functions = 200, raiseEvery = 500, suspendEvery = 100, killed = false } = shape;
  const key = shape.processKey ?? "4194304-1f3a";
  mkdirSync(directory, { recursive: true });
  const random = generator(42);
  const out = rotatingFiles(directory, key);

  for (let id = 1; id <= functions; id++) {
    const module = `shop.part${id % 17}`;
    out.write({
      kind: "F", id, ref: 10 + id,
      payload: {
        module, name: `Service${id % 7}.handle_${id}`, file: `shop/part${id % 17}.py`,
        kind: "method", parameters: ["self", "order", "quantity"],
      },
    }); // prettier-ignore
  }
  out.write({ kind: "T", id: 1, t: 0, parent: 0, ref: 4242, payload: { name: "MainThread", daemon: false } });

  const stack: number[] = [];
  let [t, made, exceptions] = [1000, 0, 0];
  const tick = () => (t += 200 + Math.floor(random() * 2000));
  const top = () => stack.at(-1) ?? 0;
  const leave = () => {
    const id = stack.pop() ?? 0;
    if (raiseEvery > 0 && id % raiseEvery === 0) {
      const exception = ++exceptions;
      const payload = {
        type: "ValueError", module: "builtins", message: `bad order ${id}`, args: [`bad order ${id}`],
        file: "shop/part1.py", line: 17, function: "handle", cause: null, context: null,
      }; // prettier-ignore
      out.write({ kind: "E", id: exception, t: tick(), parent: id, ref: 17, thread: 1, payload });
      out.write({ kind: "X", id, t: tick(), ref: exception });
      out.write({ kind: "A", id: exception, t: tick(), parent: top(), ref: 30, thread: 1 });
      return;
    }
    if (suspendEvery > 0 && id % suspendEvery === 0) {
      for (let turn = 0; turn < 2; turn++) {
        out.write({ kind: "S", id, t: tick(), payload: turn });
        const waited = t;
        out.write({ kind: "U", id, t: tick(), parent: top(), ref: t - waited, thread: 1 });
      }
    }
    out.write({ kind: "R", id, t: tick(), payload: { total: id % 1000, ok: true } });
  };

  while (made < calls) {
    const id = ++made;
    const ref = 1 + Math.floor(random() * random() * functions);
    const payload = {
      self: { $: `Service${ref % 7}` }, order: `order-${id % 5000}`, quantity: id % 12,
    }; // prettier-ignore
    out.write({ kind: "C", id, t: tick(), parent: top(), ref, thread: 1, payload });
    stack.push(id);
    while (stack.length > 0 && (stack.length > 20 || random() < 0.5)) leave();
  }
  if (!killed) {
    while (stack.length > 0) leave();
    out.write({ kind: "Z", t: tick(), payload: { why: "exit" } });
  }
  return out.close();
}

function rotatingFiles(directory: string, key: string) {
  const [pid = "0", start = "0"] = key.split("-");
  const files: string[] = [];
  let [segment, limit, held, bytes, records] = [0, FIRST_SEGMENT_BYTES, 0, 0, 0];
  let lines: string[] = [];

  const put = (record: SpoolRecord) => {
    const line = spoolLine(record);
    lines.push(line);
    held += line.length;
    records++;
  };
  const open = () => {
    segment++;
    put({
      kind: "H", id: 1, t: Number.parseInt(start, 16), ref: segment,
      payload: {
        process: key, pid: Number(pid), ppid: 1, parent: null, parent_call: 0, born: "spawn",
        runtime: "python", runtime_version: "3.12.1", implementation: "cpython", executable: "/usr/bin/python3",
        argv: ["app.py"], cwd: "/home/me/project", started_at: "2026-11-01T09:30:00.000000Z",
        agent_version: "0.1.0", engine: "monitoring", native_start: "1",
      },
    }); // prettier-ignore
  };
  const save = () => {
    const path = join(directory, spoolFileName(key, segment));
    writeFileSync(path, lines.join(""));
    files.push(path);
    bytes += held;
    [lines, held] = [[], 0];
  };
  open();
  return {
    write(record: SpoolRecord) {
      put(record);
      if (held < limit || record.kind === "Z") return;
      put({ kind: "Z", t: Number(record.t ?? 0), payload: { why: "rotated" } });
      save();
      limit = Math.min(limit * 4, LARGEST_SEGMENT_BYTES);
      open();
    },
    close(): GeneratedSpool {
      save();
      return { files, bytes, records };
    },
  };
}

/** Mulberry32: small, fast, the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
