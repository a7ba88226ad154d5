// Suspensions past the limit of their function: counted, and told by one record before the end of the call, however it ends.
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Hooks } from "../../src/hooks.ts";
import { functionsOf, record, type Recording } from "./recording.ts";

function define(recording: Recording, ...heads: string[]): number[] {
  const { functions } = recording.runtime.define({
    file: "/p/a.js",
    module: "a",
    functions: functionsOf(...heads),
    sites: [],
  });
  return heads.map((_, index) => functions + 1 + index);
}

/** As the transform makes it of `for (let i = 0; i < n; i++) yield i`. */
function* numbers(h: Hooks, fn: number, n: number): Generator<number> {
  const call = h.e1(fn, 0, n);
  try {
    for (let i = 0; i < n; i++) h.u(call, yield h.y(call, i));
    h.q(call);
  } catch (error) {
    h.x(call, error);
    throw error;
  } finally {
    h.d(call);
    h.f(call);
  }
}

/** Kinds of the records of a call, with the count of `Y` and who resumed. */
function life(recording: Recording, call: number): string {
  return recording
    .records("CSUYRX")
    .filter(([, id]) => id === String(call))
    .map(([kind, , , parent, count]) => (kind === "Y" ? `Y${count}<${parent}` : kind === "U" ? `U<${parent}` : kind))
    .join(" ");
}

/** How long a call was suspended, by record and counted. */
function waited(recording: Recording, call: number): number {
  return recording
    .records("YU")
    .filter(([, id]) => id === String(call))
    .map(([kind, , , , ref, , payload]) =>
      kind === "U" ? Number(ref) : (JSON.parse(payload ?? "") as { waiting_ns: number }).waiting_ns,
    )
    .reduce((sum, ns) => sum + ns, 0);
}

test("of a generator, whoever resumes it, and however it ends", () => {
  using recording = record({ hot: 3 });
  const [fn = 0, user = 0] = define(recording, "*numbers(n)", "take()");
  const { hooks: h } = recording.runtime;
  const take = (from: Generator<number>, count: number, last?: () => void): void => {
    const call = h.e0(user, 0);
    for (let i = 0; i < count; i++) from.next();
    last?.();
    h.q(call);
  };
  take(numbers(h, fn, 100), 101);
  expect(life(recording, 2)).toBe("C S U<1 S U<1 S U<1 Y97<1 R");
  // The second user goes on with what the first began: its time is not to count for that one.
  const shared = numbers(h, fn, 100);
  take(shared, 20);
  take(shared, 20, () => shared.return(undefined));
  expect(life(recording, 4)).toBe("C Y19<3 S U<5 Y20<5 X");
  const thrown = numbers(h, fn, 100);
  take(thrown, 20, () => expect(() => thrown.throw(new Error("no"))).toThrow("no"));
  // The fourth user is itself only counted.
  expect(life(recording, 6)).toBe("C Y20<0 X");
  expect(recording.records("Y").map(([, , , , count]) => count)).toEqual(["97", "19", "20", "20"]);
});

test("of an async function, with the time that it waited", async () => {
  using recording = record({ hot: 2 });
  const [fn = 0, part = 0, user = 0] = define(recording, "async loop(n)", "part()", "user()");
  const { hooks: h } = recording.runtime;
  const loop = async (n: number): Promise<void> => {
    const call = h.e1(fn, 0, n);
    for (let i = 0; i < n; i++) {
      h.u(call, await h.w(call, setImmediate()));
      if (i < 2) h.q(h.e0(part, 0));
    }
    h.q(call);
  };
  await loop(50);
  expect(life(recording, 1)).toBe("C S U<0 S U<0 Y48<0 R");
  const [begin, end] = recording.records("CR").filter(([, id]) => id === "1");
  const whole = Number(end?.[2]) - Number(begin?.[2]);
  expect(waited(recording, 1)).toBeLessThan(whole);
  expect(waited(recording, 1)).toBeGreaterThan(whole / 20);
  // What it was called by until its first wait is not what resumes it.
  const outer = h.e0(user, 0);
  const second = loop(10);
  h.q(outer);
  await second;
  expect(life(recording, 5)).toBe("C S U<0 Y9<0 R");
});

test("of calls that are about to wait while code still runs in them", () => {
  using recording = record({ hot: 1 });
  const [fn = 0] = define(recording, "async loop()");
  const { hooks: h } = recording.runtime;
  const call = h.e0(fn, 0);
  for (let i = 0; i < 5; i++) {
    h.l(call);
    if (i % 2 === 0) h.w(call, undefined);
    h.u(call, undefined);
  }
  h.q(call);
  expect(life(recording, 1)).toBe("C S U<0 Y4<0 R");
});

test("of calls that nobody saw the end of, and of those that are open at the end of the process", () => {
  using recording = record({ hot: 1 });
  const [fn = 0, user = 0, other = 0] = define(recording, "*numbers(n)", "user()", "*other(n)");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(user, 0);
  const lost = h.e1(fn, 0, 1);
  for (let i = 0; i < 4; i++) {
    h.y(lost, i);
    h.u(lost, undefined);
  }
  h.q(outer);
  expect(life(recording, 2)).toBe("C S U<1 Y3<1 X");
  const open = h.e1(other, 0, 1);
  for (let i = 0; i < 4; i++) {
    h.y(open, i);
    if (i < 3) h.u(open, undefined);
  }
  recording.runtime.close();
  expect(life(recording, 3)).toBe("C S U<0 Y2<0 S");
});

test("of all calls, once the run has reached its size limit", () => {
  using recording = record({ hot: 1e9, sizeBytes: 2 ** 20 });
  const [fn = 0] = define(recording, "*numbers(n)");
  const { hooks: h } = recording.runtime;
  let last = 0;
  for (const n of numbers(h, fn, 300_000)) last = n;
  expect(last).toBe(299_999);
  const recorded = recording.records("S").length;
  expect(recorded).toBeLessThan(200_000);
  expect(recording.records("Y").map(([, id, , , count]) => [id, Number(count) + recorded])).toEqual([["1", 300_000]]);
});
