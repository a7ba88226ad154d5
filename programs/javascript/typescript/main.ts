// TypeScript as Node runs it itself: names and lines are those of the source.
import { Cart, type Item } from "./cart.ts";

interface Totals {
  readonly items: number;
  readonly price: number;
}

function totals(cart: Cart<Item>): Totals {
  return { items: cart.size, price: cart.total() };
}

const cart = new Cart<Item>();
cart.add({ price: 3 } satisfies Item);
console.log(totals(cart));
try {
  cart.fail();
} catch (error) {
  console.log((error as Error).message); // probe: caught
}
