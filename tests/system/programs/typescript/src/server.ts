// Pays for a cart at each request, until somebody ends it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Cart, half } from "./cart";

type Amount = number | string;

// mark below: answer
async function answer(owner: string): Promise<Amount> {
  return await new Cart(owner).add({ name: "tea", price: 9 }).pay(half);
}

const server = createServer(async (request, response) => { // mark: <anonymous>
  response.end(String(await answer(String(request.url))));
});

server.listen(0, "127.0.0.1", () => {
  console.log(`at ${(server.address() as AddressInfo).port}.`);
});
