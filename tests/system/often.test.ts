// A function that is called often, in both runtimes: values of its first calls are opened, of later ones at one call in
// sixty-four; the setting moves that, and `spoor call` names it.
import { describe, expect, test } from "vitest";
import { coresOf } from "../../scripts/native-cores.ts";
import { nodes } from "../../scripts/node-interpreters.ts";
import { engines } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const python = `class Order:
    def __init__(self, id):
        self.id = id
    def total(self, lines):
        return [lines["n"]]
order = Order(5)
for n in range(1100):
    order.total({"n": n})
`;
const javascript = `class Order {
  constructor(id) { this.id = id }
  total(lines) { return [lines.n] }
}
const order = new Order(5);
for (let n = 0; n < 1100; n++) order.total({ n });
`;

const cores = await Promise.all(
  engines.map(async (python) => (await coresOf(python)).map((core) => ({ python, core }))),
);
const programs = [
  ...cores.flat().map(({ python: { version, executable }, core }) => ({
    title: `Python ${version}, ${core} core`,
    command: [executable, "app.py"],
    flags: ["--core", core],
    closed: { lines: { $: "dict", len: 1, why: "hot" }, result: { $: "list", len: 1, why: "hot" } },
  })),
  ...nodes()
    .filter((_, at, all) => at === 0 || at === all.length - 1)
    .map(({ version, executable }) => ({
      title: `Node ${version}`,
      command: [executable, "app.js"],
      flags: [],
      closed: { lines: { $: "cut", why: "hot" }, result: { $: "cut", why: "hot" } },
    })),
];

interface Shown {
  readonly id: number;
  readonly lines: unknown;
  readonly result: unknown;
}

async function totals(here: Sandbox): Promise<Shown[]> {
  const rows = await here.rows<{ id: number; args: string; result: string }>(
    "select id, args, result from calls where function = 'Order.total' order by id",
  );
  return rows.map(({ id, args, result }) => ({
    id,
    lines: (JSON.parse(args) as { lines: unknown }).lines,
    result: JSON.parse(result),
  }));
}

describe.each(programs)("$title", ({ command, flags, closed }) => {
  const run = async (here: Sandbox, more: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Shown[]> => {
    expect((await here.both(command, { flags: [...flags, ...more], env })).code).toBe(0);
    const found = await totals(here);
    expect(found).toHaveLength(1100);
    return found;
  };
  const isOpen = (n: number, first: number): boolean => n < first || (n - first) % 64 === 0;
  const expected = (first: number) =>
    Array.from({ length: 1100 }, (_, n) => (isOpen(n, first) ? { lines: { n }, result: [n] } : closed));
  const shown = (found: readonly Shown[]) => found.map(({ lines, result }) => ({ lines, result }));

  test("after a thousand calls one in sixty-four is opened, and the others say why not", async () => {
    await using here = sandbox({ "app.py": python, "app.js": javascript });
    const found = await run(here, []);
    expect(shown(found)).toEqual(expected(1000));
    const [open, shut] = [found[1000], found[1001]] as [Shown, Shown];
    const one = async (id: number) => (await here.spoor(["call", `c${id}`])).stdout;
    expect(await one(shut.id)).toContain("--hot-values");
    expect(await one(open.id)).not.toContain("--hot-values");
  });

  test("the setting moves it, and switches it off", async () => {
    await using here = sandbox({ "app.py": python, "app.js": javascript });
    expect(shown(await run(here, ["--hot-values", "20"]))).toEqual(expected(20));
    await using there = sandbox({ "app.py": python, "app.js": javascript });
    expect(shown(await run(there, [], { SPOOR_HOT_VALUES: "0" }))).toEqual(expected(0));
    await using off = sandbox({ "app.py": python, "app.js": javascript });
    expect(shown(await run(off, ["--hot-values", "10001"]))).toEqual(expected(1100));
  });

  test("the level full opens all", async () => {
    await using here = sandbox({ "app.py": python, "app.js": javascript });
    expect(shown(await run(here, ["--values", "full", "--hot-values", "0"]))).toEqual(expected(1100));
  });
});
