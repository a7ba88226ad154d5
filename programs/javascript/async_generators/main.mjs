// Async generators: they suspend for their consumer and for what they wait for.

async function* ticks(n) {
  for (let i = 0; i < n; i++) {
    await null;
    yield i;
  }
}

async function collect(n) {
  const seen = [];
  for await (const tick of ticks(n)) seen.push(tick);
  return seen;
}

async function first() {
  for await (const tick of ticks(9)) return tick;
}

console.log(await collect(2), await first());
