// Pays for one cart, and catches what another one raises.
import { Cart, half } from "./cart";

interface Paid {
  readonly owner: string;
  readonly amount: number;
}

// mark below: settle
async function settle(cart: Cart): Promise<Paid> {
  return { owner: cart.owner, amount: await cart.pay(half) };
}

// mark below: main
async function main(): Promise<void> {
  console.log(await settle(new Cart("Ada").add({ name: "tea", price: 9 })));
  try {
    await settle(new Cart("Grace"));
  } catch (error) {
    const where = (error as Error).stack?.split("\n").slice(0, 2).join("\n");
    console.log(where?.replace(/\(.*[\\/]/, "(").replace(/:\d+\)/, ")"));
  }
  process.exitCode = 3;
}

void main();
