// Generators that nobody finishes: one is closed by the loop that leaves it, one never ends.

function* endless() {
  let n = 0;
  try {
    for (;;) yield n++;
  } finally {
    cleanUp(n);
  }
}

function cleanUp(n) {
  return n;
}

for (const n of endless()) if (n === 1) break;
const open = endless();
open.next();
console.log("end");
