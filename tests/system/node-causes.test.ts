// Who caused what runs with nothing below it, where a method, a bound one or a function of another module was handed on.
import { expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const files = {
  "package.json": "{}",
  "lib.mjs": "export function poll() { return 2 }\nexport const heard = (v) => v;\n",
  "main.mjs": `
import { EventEmitter } from "node:events";
import { heard, poll } from "./lib.mjs";
class Clock {
  n = 0;
  start() { setTimeout(this.tick.bind(this), 1) }
  tick(step = () => 1) { this.n += step(); }
  go() { setImmediate(this.late.bind(this)) }
  late() { if (++this.n < 9) setTimeout(this.late.bind(this), 1) }
  get never() { throw new Error("a getter of the program's") }
}
const feed = new EventEmitter();
class Reader {
  open() { feed.on("x", this.onX); feed.once("y", heard) }
  onX(v) { return v }
}
function begin() { setTimeout(poll, 2); new Reader().open() }
function asks() { }
const clock = new Clock();
begin();
asks();
clock.go();
setTimeout(() => feed.emit("x", 1) && feed.emit("y", 2), 9);
for (const wrong of [() => setTimeout(null.x), () => setTimeout(asks.nope.bind(asks)), () => setTimeout(begin.name.bind(1), 1), () => setTimeout(clock.never.bind(clock), 1)]) {
  try { wrong() } catch (error) { console.log(error.stack) }
}
export const start = () => clock.start();
start();
`,
};

test.each(matrix)("Node $major", async ({ executable: node }) => {
  await using here = sandbox(files);
  expect((await here.both([node, "main.mjs"])).code).toBe(0);
  const rows = await here.rows<{ call: string }>(`
    select distinct c.function || ' < ' || p.function as call from calls c join calls p on p.process = c.process and p.id = c.parent_id
    where c.function in ('poll', 'Clock.late', 'Reader.onX', 'heard', 'Clock.tick') order by 1`);
  expect(rows.map(({ call }) => call)).toEqual([
    "Clock.late < Clock.go",
    "Clock.late < Clock.late",
    "Reader.onX < <anonymous>",
    "heard < <anonymous>",
    "poll < begin",
  ]);
});
