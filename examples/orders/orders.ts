// Orders that are charged one after the other: one customer's card is refused, one order is wrong. Nothing in it knows of Spoor.
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

const Customer = z.string().min(1);

interface Item {
  readonly name: string;
  readonly price: number;
  readonly count: number;
}

class Order {
  readonly customer: string;
  readonly items: Item[] = [];

  constructor(customer: string) {
    this.customer = z.parse(Customer, customer);
  }

  add(name: string, price: number, count = 1): this {
    this.items.push({ name, price, count });
    return this;
  }

  get total(): number {
    return this.items.reduce((sum, { price, count }) => sum + price * count, 0);
  }
}

class CardRefused extends Error {
  constructor(readonly customer: string) {
    super(`the card of ${customer} was refused`);
  }
}

async function charge(customer: string, amount: number, cardToken: string): Promise<number> {
  await wait(5);
  if (cardToken.endsWith("9")) throw new CardRefused(customer);
  return Math.round(amount * 100);
}

async function settle(order: Order, cardToken: string): Promise<string> {
  try {
    return `${order.customer}: ${await charge(order.customer, order.total, cardToken)} cents`;
  } catch (error) {
    if (error instanceof CardRefused) return `${order.customer}: refused`;
    throw error;
  }
}

const orders = [
  new Order("Ada").add("tea", 4.5, 2).add("cake", 3.25),
  new Order("Grace").add("coffee", 2.8),
  new Order("Edsger").add("water", Number.NaN),
];
for (const [place, order] of orders.entries()) console.log(await settle(order, `tok_live_${place + 8}`));
