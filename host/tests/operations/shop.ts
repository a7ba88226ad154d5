// One made-up run that has something of everything: repeats, a task, a thread, a forked process, exceptions of every
// fate, gaps, calls that were only counted, a generator, a call that never returned.

import type { Completeness, Store } from "../../src/store/store.ts";
import { complete, recording, type Rows } from "./recording.ts";

const picture = `
  shop.app:<module> ! e2 ~3ms
    shop.config:<module> ~1ms
    shop.app:main({"argv":["--all"]}) ! e2 ~2ms
      shop.data:load({"path":"orders.json","encoding":"utf-8"}) -> [{"id":1},{"id":2}] ~14ms
        shop.data:parse({"line":"1;Ann;19.99"}) -> {"id":1,"name":"Ann"} ~40us x 1204
      shop.cart:Cart.total({"self":{"$":"Cart","id":7,"items":3},"tax":0.2}) -> 12.5 ~2ms
        shop.cart:price({"item":{"sku":"a1"}}) -> 3 x 3
          shop.cart:discount({"item":{"sku":"a1"},"rules":["summer","loyal","first order of a new customer"]}) -> 0.1
      shop.cart:Cart.total({"self":{"$":"Cart","id":8,"items":1},"tax":null}) ! ValueError: no tax rate for cart 8: ask the accountants
        shop.cart:price({"item":{"sku":"b2"}}) -> 9 ~5ms
      [task fetch-1] shop.api:get({"url":"https://example.com/a"}) -> "ok" ~wait 30ms
        shop.api:decode({"body":"{}"}) -> {}
      [task fetch-2] shop.api:get({"url":"https://example.com/b"}) -> "ok" ~wait 45ms
        shop.api:decode({"body":"{}"}) -> {}
      [thread writer] shop.log:write_forever({"path":"shop.log"}) … ~1ms
        shop.log:write({"text":"started"}) -> null
        shop.log:flush({}) -> null
        shop.log:write({"text":"stopped"}) -> null
      shop.work:pool({"size":2}) ~8ms
        [process] shop.work:serve({"job":{"$":"Job","id":1}}) -> true ~20ms
          shop.cart:price({"item":{"sku":"c3"}}) -> 4
      shop.stock:find({"sku":"sku-9"}) !! KeyError: 'sku-9' ~1ms
`;

const gap = (caller: string, callee: string, kind: string, include: string | null, calls: number, at_least = false) => {
  const dot = callee.lastIndexOf(".");
  return {
    process: 1,
    caller_id: 3,
    caller_module: caller.slice(0, caller.lastIndexOf(".")),
    caller: caller.slice(caller.lastIndexOf(".") + 1),
    module: callee.slice(0, dot),
    callee: callee.slice(dot + 1),
    kind,
    file: kind === "native" ? null : `/usr/lib/${callee.slice(0, dot).replaceAll(".", "/")}.py`,
    include,
    calls,
    at_least,
  };
};

export const shopRows: Rows = {
  gaps: [
    gap("shop.api.get", "requests.api.get", "python", "requests.*", 2),
    gap("shop.api.get", "requests.sessions.Session", "class", "requests.*", 2),
    gap("shop.data.load", "json.loads", "python", "json.*", 64, true),
    gap("shop.data.parse", "json.loads", "python", "json.*", 64, true),
    gap("shop.cart.price", "decimal.Decimal", "native", null, 7),
    gap("shop.data.load", "builtins.open", "native", null, 1),
    gap("shop.data.parse", "builtins.int", "native", null, 1204),
  ],
  counted: [
    {
      process: 1,
      function_id: 5,
      module: "shop.data",
      function: "parse",
      thread: 1,
      why: "hot",
      calls: 1_204_331,
      total_ns: 1_445_197_200,
      max_ns: 90_000_000,
      raised: 0,
    },
  ],
  frames: [
    {
      process: 1,
      exception_id: 2,
      depth: 0,
      call_id: 1227,
      file: "shop/stock.py",
      function: "find",
      line: 21,
      locals: '{"sku":"sku-9","shelf":{"$":"Shelf","id":4},"tried":["north","south"]}',
    },
    {
      process: 1,
      exception_id: 2,
      depth: 1,
      call_id: 3,
      file: "shop/app.py",
      function: "main",
      line: 48,
      locals:
        '{"argv":["--all"],"orders":[{"id":1},{"id":2}],"total":12.5,"password":{"$":"redacted","why":"name:password"}}',
    },
  ],
  suspensions: [
    { process: 1, call_id: 1218, suspended_ns: 75_250_000, resumed_ns: 105_250_000, resumed_by: null, value: null },
  ],
};

export const shopCompleteness: Completeness = {
  ...complete,
  processes: 2,
  calls: 1242,
  open: 1,
  counted: { hot: 1_204_331, sampled: 0, size: 0, suspensions: 0 },
  exceptions: 2,
  gaps: 6,
  gapCalls: 1344,
  gapCallsAtLeast: true,
  include: [],
  exclude: [],
};

export function shop(): Promise<Store> {
  return recording(picture, shopRows, shopCompleteness);
}
