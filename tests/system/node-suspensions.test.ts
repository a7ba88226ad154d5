// Node programs whose generators and async functions wait more often than the limit of records allows: what is only counted
// is in the store with the rest, and its time is nobody's own.
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const program = `function* numbers(n) { for (let i = 0; i < n; i++) yield i }
function take(from, n) { let sum = 0; for (let i = 0; i < n; i++) sum += from.next().value; return sum }
function spin(ms) { const end = performance.now() + ms; while (performance.now() < end); }
function* slow(n) { for (let i = 0; i < n; i++) { spin(1); yield i } }
function first(from) { for (let i = 0; i < 20; i++) from.next() }
function second(from) { for (let i = 0; i < 40; i++) from.next() }
async function loop(n) { for (let i = 0; i < n; i++) await new Promise((done) => setTimeout(done, 1)); return n }
async function* pages(n) { for (let i = 0; i < n; i++) { await null; yield i } }
async function reads(n) { let sum = 0; for await (const page of pages(n)) sum += page; return sum }
function* inner(n) { try { yield* numbers(n) } finally { spin(0) } }
async function endless() { for (;;) await new Promise((done) => setTimeout(done, 1)) }
const from = slow(100);
first(from);
second(from);
from.return();
console.log(take(numbers(100000), 100000), [...inner(1000)].length);
Promise.all([loop(100), reads(500)]).then((all) => { console.log(all); endless(); setTimeout(() => process.exit(0), 100) });
`;

interface Row {
  readonly function: string;
  readonly suspends: number;
  readonly recorded: number;
  readonly outcome: string;
  readonly ms: number;
  readonly running: number;
  readonly own: number;
}

const waiting = ["slow", "numbers", "inner", "loop", "pages", "reads"];

describe.each(matrix)("Node $major", ({ executable: node }) => {
  test("suspensions past the limit are counted, with their time", async () => {
    await using here = sandbox({ "app.js": program });
    const recorded = async (hot: number): Promise<Row[]> => {
      expect((await here.both([node, "app.js"], { env: { SPOOR_HOT: String(hot) } })).code).toBe(0);
      return here.rows<Row>(`
        select function, suspends, outcome, duration_ns / 1e6 as ms, running_ns / 1e6 as running, own_ns / 1e6 as own,
          (select count(*)::integer from suspensions s where s.process = c.process and s.call_id = c.id) as recorded
        from calls c order by process, id`);
    };
    const every = await recorded(1_000_000);
    const some = await recorded(10);
    const counts = (rows: readonly Row[]): string[] =>
      rows
        .filter((row) => waiting.includes(row.function))
        .map((row) => `${row.function} ${row.suspends} ${row.outcome}`);
    expect(counts(some)).toEqual(counts(every));
    expect(counts(some)).toContain("loop 100 returned");
    expect(counts(some)).toContain("numbers 100000 running");
    expect(every.find((row) => row.suspends === 100_000)?.recorded).toBe(100_000);
    // Besides those of the limit, one for each change of who resumes.
    expect(Math.max(...some.map((row) => row.recorded))).toBeLessThanOrEqual(20);

    const of = (name: string): Row => some.find((row) => row.function === name) as Row;
    expect(of("endless").suspends).toBeGreaterThan(10);
    expect(of("loop").running).toBeLessThan(of("loop").ms / 2);
    expect(of("slow").running).toBeGreaterThanOrEqual(60);
    expect(of("slow").running).toBeLessThanOrEqual(of("slow").ms);
    // What the generator did is none of the time of those who resumed it, each for its part.
    for (const user of ["first", "second"]) {
      expect(of(user).own).toBeGreaterThanOrEqual(0);
      expect(of(user).own).toBeLessThan(of(user).ms / 2);
    }
  });
});
