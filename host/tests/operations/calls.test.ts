// calls.list on made-up runs: selection, filters, order and paging.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calls } from "../../src/operations/calls.ts";
import type { Store } from "../../src/store/store.ts";
import { contextOf, recording } from "./recording.ts";

const shop = `
  shop.app:<module>
    shop.app:main
      shop.cart:Cart.total({"self":{"$":"Cart","id":7},"tax":0.2}) -> 12.5 ~2ms
        shop.cart:price({"item":{"sku":"a1","tags":["new"]}}) -> 3 x 3
        shop.cart:price({"item":{"sku":"b2","tags":{"$":"list","len":50,"items":["old"]}}}) -> 9 ~5ms
      shop.cart:Cart.total({"self":{"$":"Cart","id":8},"tax":null}) ! ValueError: no tax
      [task fetch] shop.api:get({"url":"http://x"}) -> "ok" ~wait 30ms
`;

let shopStore: Store;
beforeAll(async () => {
  shopStore = await recording(shop);
});
afterAll(() => shopStore[Symbol.asyncDispose]());

function ask(input: Record<string, unknown>, store = shopStore) {
  return calls.run(calls.input.parse(input), contextOf(store));
}
const handles = async (input: Record<string, unknown>) => (await ask(input)).data.calls.map((call) => call.handle);

describe("which functions a name means", () => {
  test.each([
    ["price", 4],
    ["shop.cart.price", 4],
    ["Cart.total", 2],
    ["total", 2],
    ["cart.Cart.total", 2],
    ["Cart.*", 2],
    ["shop.cart.*", 6],
    ["cart.total", 2],
    ["PRICE", 4],
  ])("%s: %i calls", async (name, count) => {
    expect((await ask({ function: name })).data.matched).toBe(count);
  });
});

test.each([
  ["args.order.id == 7", 4],
  ["args.order.id != 7", 4],
  ["args.order == null", 0],
  ["args.items[1] == 'b'", 3],
  ["len(args.items) == 2", 1],
  ["args.items contains 'zz'", 3],
  ["args.none.id == 1", 0],
  ["result.total > 5", 2],
  ["result.total > 5 and outcome == 'returned'", 2],
  ["not result.total > 5", 2],
  ["outcome == 'raised'", 0],
])("of calls in which a value that is asked for was cut it is not known whether %s", async (condition, unseen) => {
  const orders = [
    { $: "Order", $id: "7f", $cut: { why: "hot" } },
    { $: "Order", $id: "7f" },
    { $: "cut", why: "hot" },
    { $: "Order", $id: "7f", a: 1, $cut: { why: "fields", more: 2 } },
    { $: "Order", $id: "7f", id: 8 },
    { $: "Order", $id: "7f", id: 7, $cut: { why: "depth", more: 2 } },
  ];
  const items = [
    { $: "list", len: 2, why: "hot" },
    { $: "list", len: 9, items: ["a"] },
    { $: "cut", why: "bytes" },
    ["a", "b"],
    ["a"],
    { $: "tuple", items: ["a", "b"] },
  ];
  const results = [{ total: 9 }, { total: 1 }, { $: "dict", len: 3 }, { total: 9 }, { $: "cut", why: "hot" }, 5];
  const call = (_: unknown, at: number) =>
    `m:f(${JSON.stringify({ order: orders[at], items: items[at], none: null })}) -> ${JSON.stringify(results[at])}`;
  await using store = await recording(orders.map(call).join("\n"));
  expect((await ask({ function: "f", where: [condition] }, store)).data.unseen).toBe(unseen);
});

test("the case that was typed goes before another case", async () => {
  const run = async (name: string) => {
    await using store = await recording("m:A.run\nm:B.Run x 2");
    return (await ask({ function: name }, store)).data.functions.map((each) => each.function);
  };
  expect(await run("run")).toEqual(["A.run"]);
  expect(await run("Run")).toEqual(["B.Run"]);
  expect(await run("RUN")).toEqual(["A.run", "B.Run"]);
});

describe("which calls the filters let through", () => {
  test.each([
    [["args.self.id == 7"], ["c3"]],
    [["args.self.id > 7"], ["c8"]],
    [["args.tax == null"], ["c8"]],
    [["args.tax != null and result > 12"], ["c3"]],
    [["duration_ms > 1", "outcome == 'returned'"], ["c3"]],
    [["exception.type == 'ValueError'"], ["c8"]],
    [["exception.message contains 'tax'"], ["c8"]],
    [["not args.tax == 0.2"], ["c8"]],
    [["outcome in ['raised', 'closed']"], ["c8"]],
    [["args.missing == 1"], []],
    [["args.self.id > 100 or result == 12.5"], ["c3"]],
    [["args.tax"], ["c3"]],
  ])("total where %j: %j", async (where, expected) => {
    expect(await handles({ function: "total", where })).toEqual(expected);
  });

  test.each([
    [["args.item.sku == 'b2'"], ["c7"]],
    [["args.item.tags[0] == 'old'"], ["c7"]],
    [["args.item.tags[0] startswith 'n'"], ["c4", "c5", "c6"]],
    [["len(args.item.tags) > 10"], ["c7"]],
    [["args.item.tags contains 'new'"], ["c4", "c5", "c6"]],
    [["args contains 'b2'"], ["c7"]],
    [["args.item['sku'] matches '^b'"], ["c7"]],
  ])("price where %j: %j", async (where, expected) => {
    expect(await handles({ function: "price", where })).toEqual(expected);
  });

  test.each([
    ["args.n > 2e15", 1],
    ["args.price == 9.5", 1],
    ["args.colour == 'RED'", 1],
    ["args.colour == 1", 1],
    ["args.text startswith 'long'", 1],
    ["args.path endswith '.json'", 1],
    ["args.on > '2024-01'", 1],
    ["args.kind == 5", 1],
    ["args.pair[1] == 'b' and len(args.pair) == 2", 1],
    ["args.user == 'Ann'", 0],
    ["args.user.name == 'Ann'", 1],
    ["args.secret == 'hunter2'", 0],
  ])("a wrapped value compares as what it stands for: %s", async (condition, count) => {
    const args = {
      n: { $: "int", digits: "9007199254740992" },
      price: { $: "decimal", digits: "9.50" },
      colour: { $: "enum", type: "C", name: "RED", value: 1 },
      text: { $: "str", len: 900, head: "long text" },
      path: { $: "path", text: "a/b.json" },
      on: { $: "date", iso: "2024-01-02" },
      kind: { $: "I", $value: 5 },
      pair: { $: "tuple", items: ["a", "b"] },
      user: { $: "User", name: "Ann" },
      secret: { $: "redacted", why: "name:secret" },
    };
    await using store = await recording(`m:f(${JSON.stringify(args)})`);
    expect((await ask({ function: "f", where: [condition] }, store)).data.matched).toBe(count);
  });

  test("raised, slower than, process", async () => {
    expect(await handles({ function: "total", raised: true })).toEqual(["c8"]);
    expect(await handles({ function: "shop.*", slowerThan: "4ms" })).toEqual(["c1", "c2", "c3", "c7", "c9"]);
    expect(await handles({ function: "total", process: 2 })).toEqual([]);
  });

  test("text in a condition is a value, never SQL", async () => {
    const where = ['args.item.sku == "\'; DROP TABLE calls; --"'];
    await using store = await recording(shop);
    expect((await calls.run(calls.input.parse({ function: "price", where }), contextOf(store))).data.matched).toBe(0);
    expect((await calls.run(calls.input.parse({ function: "price" }), contextOf(store))).data.matched).toBe(4);
  });
});

test("pages follow each other without a gap or a double, in every order", async () => {
  for (const sort of ["time", "duration", "own"]) {
    const whole = await handles({ function: "shop.*", sort });
    const paged: string[] = [];
    let after: string | undefined;
    do {
      const { data } = await ask({ function: "shop.*", sort, limit: 2, after });
      paged.push(...data.calls.map((call) => call.handle));
      after = data.after ?? undefined;
    } while (after !== undefined);
    expect(paged).toEqual(whole);
    expect(paged).toHaveLength(9);
  }
});

test("a call comes with its caller, callees, thread and exception", async () => {
  const { data } = await ask({ function: "total" });
  expect(data.calls[0]).toMatchObject({
    handle: "c3",
    file: "shop/cart.py",
    duration_ns: 2_000_000 + 30_000 + 5_000_000,
    called_by: { handle: "c2", function: "main" },
    calls_made: [{ handle: "c4", function: "price", count: 4 }],
  });
  expect(data.calls[1]?.exception).toEqual({ handle: "e1", type: "ValueError", message: "no tax" });
  const task = await ask({ function: "get" });
  expect(task.data.calls[0]).toMatchObject({
    thread: { name: "fetch", kind: "task" },
    called_by: { handle: "c2" },
    running_ns: 0,
  });
});

test("calls that were only counted are told", async () => {
  const counted = [
    {
      process: 1,
      function_id: 4,
      module: "shop.cart",
      function: "price",
      thread: 1,
      why: "hot",
      calls: 1_204_331,
      total_ns: 1_445_197_200,
      max_ns: 9000,
      raised: 0,
    },
  ];
  await using store = await recording(shop, { counted });
  const answer = await ask({ function: "price" }, store);
  expect(answer.data.counted).toEqual({
    calls: 1_204_331,
    total_ns: 1_445_197_200,
    max_ns: 9000,
    raised: 0,
    why: ["hot"],
  });
});

describe("a name that matches nothing", () => {
  const gaps = [
    {
      process: 1,
      caller_id: 2,
      caller_module: "shop.app",
      caller: "main",
      module: "requests.api",
      callee: "get_all",
      kind: "python",
      file: "/s/requests/api.py",
      include: "requests.*",
      calls: 12,
      at_least: false,
    },
  ];

  test.each([
    ["Cart.discount", "unknown", "shop.cart is not known from its first line"],
    ["shop.app.unused", "not_called", "the body of shop.app was recorded"],
    ["shop.app.sub.f", "unknown", "shop.app may have a module sub"],
    ["shop.other.f", "unknown", "another module"],
    ["requests.api.get_all", "not_recorded", "a gap"],
    ["get_all", "not_recorded", "a gap by its last name"],
    ["requests.api.post", "not_recorded", "its module is a gap"],
    ["nonsense", "unknown", "never seen"],
  ])("%s: %s (%s)", async (name, verdict) => {
    await using store = await recording(shop, { gaps });
    const answer = await ask({ function: name }, store);
    expect(answer.data.absent?.verdict).toBe(verdict);
    expect(answer.data.calls).toEqual([]);
  });

  test.each([
    { live: true },
    { drops: [{ why: "disk_full", count: 1, note: "" }] },
    { counted: { hot: 0, sampled: 3, size: 0, suspensions: 0 } },
    { counted: { hot: 0, sampled: 0, size: 3, suspensions: 0 } },
    { processesTruncated: 1 },
    { corrupt: 1 },
    { runs: ["a", "b"] },
    { exclude: ["shop.app"] },
  ])('is not called "not called" when the recording is incomplete: %j', async (completeness) => {
    await using store = await recording(shop, {}, completeness);
    const answer = await ask({ function: "shop.app.unused" }, store);
    expect(answer.data.absent?.verdict).not.toBe("not_called");
  });

  test("similar names are offered", async () => {
    expect((await ask({ function: "pirce" })).data.absent?.did_you_mean).toEqual(["shop.cart.price"]);
    expect((await ask({ function: "Cart.totl" })).data.absent?.did_you_mean[0]).toBe("shop.cart.Cart.total");
  });
});
