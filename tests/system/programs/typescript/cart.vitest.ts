// Tests of the cart, for vitest; the last one fails.
import { strict as assert } from "node:assert";
import { describe, test } from "vitest";
import { Cart, half } from "./src/cart";

type Expected = number;

describe("a cart", () => {
  test("is paid for", async () => { // mark: pays
    const expected: Expected = 4.5;
    assert.equal(await new Cart("Ada").add({ name: "tea", price: 9 }).pay(half), expected);
  });

  test("that is empty is not", async () => { // mark: refuses
    await assert.rejects(new Cart("Grace").pay(half), RangeError);
  });

  test("has another total", () => { // mark: fails
    const cart = new Cart("Edsger").add({ name: "water", price: 1 });
    assert.equal(cart.total, 2); // mark: wrong
  });
});
