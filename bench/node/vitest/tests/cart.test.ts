// Sums, discounts, what is refused, and a payment that is awaited.
import { describe, expect, test } from "vitest";
import { Cart, checkout, rounded } from "../src/cart.ts";

describe("cart", () => {
  test.each(Array.from({ length: 40 }, (_, i) => [i + 1]))("adds up %i items", (count) => {
    const cart = new Cart();
    for (let i = 0; i < count; i++) cart.add(`sku-${i % 7}`, i * 1.5, 1 + (i % 3));
    expect(cart.lines.length).toBe(Math.min(count, 7));
    expect(cart.discount("spring", 10).total()).toBe(rounded(cart.subtotal() * 0.9));
  });

  test("refuses what cannot be bought", () => {
    expect(() => new Cart().add("a", -1)).toThrow(RangeError);
  });

  test("pays", async () => {
    const cart = new Cart();
    cart.add("a", 5, 2);
    expect(await checkout(cart, async (amount) => `paid ${amount}`)).toMatchObject({ amount: 10, receipt: "paid 10" });
  });
});
