import { late } from "./main.mjs";

export function early() {
  return `early and ${late()}`;
}

console.log(early());
