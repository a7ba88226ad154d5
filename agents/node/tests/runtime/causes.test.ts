// Calls with nothing below them: what caused them, and which task they are on.
import { expect, test } from "vitest";
import type { FunctionDefinition, Given } from "../../src/hooks.ts";
import { functionsOf, record, type Recording } from "./recording.ts";

interface Traits {
  readonly given?: Given;
  readonly makes?: true;
}

/** Numbers of the module's own code and of functions by their place in `heads`. */
function define(recording: Recording, ...heads: (string | [head: string, traits: Traits])[]): number[] {
  const [module, ...functions] = functionsOf(...heads.map((head) => (typeof head === "string" ? head : head[0])));
  const all = [
    module as FunctionDefinition,
    ...functions.map((each, index): FunctionDefinition => {
      const head = heads[index];
      return typeof head === "object" ? { ...each, ...head[1] } : each;
    }),
  ];
  const base = recording.runtime.define({ file: "/p/a.js", module: "a", functions: all, sites: [] }).functions;
  return all.map((_, index) => base + index);
}

/** `K2(f of 1) C2<-1@2`: a task with its name and the call that created it, a call with its parent and its strand. */
function story(recording: Recording): string {
  return recording
    .records("KCU")
    .map(([kind, id, , parent, , thread, payload]) => {
      if (kind === "K") return `K${id}(${(JSON.parse(payload ?? "") as { name: string }).name} of ${parent})`;
      return `${kind}${id}<${parent}@${thread}`;
    })
    .join(" ");
}

test("what is chained by a call on the main strand is one task, and goes on with it", () => {
  using recording = record();
  const [, start = 0, chained = 0, other = 0] = define(recording, "start()", ["a()", { given: "chained" }], ["b()", { given: "chained" }]); // prettier-ignore
  const { hooks: h } = recording.runtime;
  const begun = h.e0(start, 0);
  h.q(begun);
  h.q(h.e0(chained, begun));
  const second = h.e0(other, begun);
  h.q(h.e0(start, 0)); // called by it
  h.q(second);
  h.q(h.e0(chained, second));
  h.q(h.e0(start, 0));
  const again = h.e0(start, 0);
  h.q(again);
  h.q(h.e0(chained, again));
  expect(story(recording)).toBe("C1<0@1 K2(a of 1) C2<-1@2 C3<-1@2 C4<3@2 C5<-3@2 C6<0@1 C7<0@1 K4(a of 7) C8<-7@4");
});

test("each event is a task, and all that it leads to is on it", () => {
  using recording = record();
  const traits = { given: "passed", makes: true } as const;
  const [, start = 0, request = 0, data = 0, timer = 0] = define(recording, "start()", ["request()", traits], ["data()", traits], ["timer()", { given: "chained" }]); // prettier-ignore
  const { hooks: h } = recording.runtime;
  const begun = h.e0(start, 0);
  h.q(begun);
  const requests = [h.e0(request, begun)];
  h.q(requests[0] ?? 0);
  requests.push(h.e0(request, begun));
  h.q(requests[1] ?? 0);
  for (const made of requests) {
    const call = h.e0(data, made);
    h.q(call);
    h.q(h.e0(timer, call));
  }
  expect(story(recording)).toBe(
    "C1<0@1 K3(request of 1) C2<-1@3 K5(request of 1) C3<-1@5 C4<-2@3 C5<-4@3 C6<-3@5 C7<-6@5",
  );
});

test("events that lead to nothing share a task", () => {
  using recording = record();
  const [, start = 0, tick = 0, callee = 0] = define(recording, "start()", ["tick()", { given: "passed" }], "callee()");
  const { hooks: h } = recording.runtime;
  const begun = h.e0(start, 0);
  h.q(begun);
  for (let n = 0; n < 3; n++) h.q(h.e0(tick, begun));
  const calls = h.e0(tick, begun);
  h.q(h.e0(callee, 0));
  h.q(calls);
  h.q(h.e0(tick, begun));
  expect(story(recording)).toBe("C1<0@1 K3(tick of 1) C2<-1@3 C3<-1@3 C4<-1@3 C5<-1@3 C6<5@3 K5(tick of 1) C7<-1@5");
});

test("an async function that nobody called is a task from its first wait on; its callees are not", () => {
  using recording = record();
  const [, handler = 0, part = 0] = define(recording, "async handler()", "async part()");
  const { hooks: h } = recording.runtime;
  const call = h.e0(handler, 0);
  const inner = h.e0(part, call);
  h.w(inner, null);
  h.w(call, null);
  h.u(inner, null);
  h.w(inner, null);
  h.u(inner, null);
  h.q(inner);
  h.u(call, null);
  h.w(call, null);
  h.u(call, null);
  h.q(h.e0(part, call));
  h.q(call);
  expect(story(recording)).toBe("C1<0@1 C2<1@1 K3(handler of 1) U2<0@1 U2<0@1 U1<0@3 U1<0@3 C3<1@3");
});

test("an async function that was caused goes on with its task", () => {
  using recording = record();
  const [, start = 0, job = 0] = define(recording, "start()", ["async job()", { given: "chained" }]);
  const { hooks: h } = recording.runtime;
  const begun = h.e0(start, 0);
  h.q(begun);
  const call = h.e0(job, begun);
  h.w(call, null);
  h.q(h.e0(start, 0));
  h.u(call, null);
  h.q(call);
  h.q(h.e0(start, call)); // caused by a call that has ended
  expect(story(recording)).toBe("C1<0@1 K2(job of 1) C2<-1@2 C3<0@1 U2<0@2 K3(start of 2) C4<-2@3");
});

test("a function that a module's own code hands on is caused by the module, if it ran once", () => {
  using recording = record();
  const [module = 0, given = 0, kept = 0] = define(recording, ["given()", { given: "passed" }], "kept()");
  const { hooks: h, enterModule, leaveModule } = recording.runtime;
  leaveModule(enterModule(module));
  h.q(h.e0(given, 0));
  h.q(h.e0(kept, 0));
  leaveModule(enterModule(module));
  h.q(h.e0(given, 0));
  expect(story(recording)).toBe("C1<0@1 K3(given of 1) C2<-1@3 C3<0@1 C4<0@1 C5<0@1");
});

test("a call that is only counted causes nothing once it is over", () => {
  using recording = record({ hot: 1 });
  const [, main = 0, hot = 0, later = 0] = define(recording, "main()", "async hot()", "later()");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(main, 0);
  h.q(h.e0(hot, 0));
  const counted = h.e0(hot, 0);
  h.w(counted, null);
  h.q(outer);
  h.q(h.e0(later, counted));
  h.q(counted);
  h.q(h.e0(later, counted));
  expect(counted).toBeLessThan(0);
  expect(story(recording)).toBe("C1<0@1 C2<1@1 K3(later of 1) C3<-1@3");
});

test("calls of an earlier recording cause nothing in this one", () => {
  using before = record();
  const [, start = 0] = define(before, "start()");
  const call = before.runtime.hooks.e0(start, 0);
  before.runtime.hooks.q(call);
  using recording = record({}, { callsBefore: before.runtime.lastCall() });
  const [, f = 0] = define(recording, "f()");
  const { hooks: h } = recording.runtime;
  h.q(h.e0(f, call));
  const own = h.e0(f, call + 2);
  h.q(own);
  h.q(h.e0(f, own));
  expect(story(recording)).toBe("C2<0@1 C3<0@1 K3(f of 3) C4<-3@3");
});

test("the strand of a cause is known across blocks, and forgotten after many others", () => {
  using recording = record({ hot: 1_000_000 });
  const [, start = 0, request = 0, data = 0] = define(recording, "start()", ["request()", { given: "passed", makes: true }], ["data()", { given: "passed" }]); // prettier-ignore
  const { hooks: h } = recording.runtime;
  const begun = h.e0(start, 0);
  h.q(begun);
  const first = h.e0(request, begun);
  h.q(first);
  recording.runtime.flush();
  h.q(h.e0(data, first));
  for (let n = 0; n < 9000; n++) h.q(h.e0(request, begun));
  h.q(h.e0(data, first));
  for (let n = 0; n < 9000; n++) h.q(h.e0(request, begun));
  h.q(h.e0(data, first));
  const found = recording.records("C").filter(([, , , , fn]) => Number(fn) === data);
  expect(found.map(([, , , parent]) => parent)).toEqual([`-${first}`, `-${first}`, `-${first}`]);
  expect(found.map(([, , , , , strand]) => strand)).toEqual(["3", "3", "36005"]);
});

test("a function of the module's own code is caused by who handed it on, if that can be told", () => {
  using recording = record();
  const [, poll = 0, first = 0, second = 0] = define(recording, "poll()", "first()", "second()");
  const { hooks: h } = recording.runtime;
  const begun = h.e0(first, 0);
  h.h(begun, poll, 0, null);
  h.q(begun);
  const polled = h.e0(poll, 0);
  h.h(polled, poll, 0, null);
  h.q(polled);
  h.q(h.e0(poll, 0));
  h.q(h.e0(poll, 0)); // not by what was handed on: that was run
  for (const by of [first, second]) {
    const call = h.e0(by, 0);
    h.h(call, poll, 0, null);
    h.q(call);
  }
  h.q(h.e0(poll, 0)); // by one of the two
  expect(story(recording)).toBe("C1<0@1 K2(poll of 1) C2<-1@2 C3<-2@2 C4<0@1 C5<0@1 C6<0@1 C7<0@1");
});

test("what is handed on to events is caused by who did, as long as nobody else does", () => {
  using recording = record({ hot: 2 });
  const [, heard = 0, listen = 0, hot = 0] = define(recording, "heard()", "listen()", "hot()");
  const { hooks: h } = recording.runtime;
  const begun = h.e0(listen, 0);
  h.h(begun, heard, 2, null);
  h.q(begun);
  h.q(h.e0(heard, 0));
  for (let n = 0; n < 3; n++) {
    const call = h.e0(hot, 0);
    if (n === 2) h.h(call, heard, 2, null);
    h.q(call);
  }
  h.q(h.e0(heard, 0));
  expect(story(recording)).toBe("C1<0@1 K3(heard of 1) C2<-1@3 C3<0@1 C4<0@1 C5<0@1");
});
