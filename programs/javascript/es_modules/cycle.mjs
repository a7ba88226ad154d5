// One half of a cycle: called by the other before that has run.
import { late } from "./main.mjs";

export function early() {
  return `early and ${late()}`;
}

console.log(early());
