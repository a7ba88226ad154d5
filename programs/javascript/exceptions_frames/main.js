// The variables of the calls that an exception left, and the line at which it left each.

class Cart {
  constructor(owner) {
    this.owner = owner;
  }

  total(prices) {
    let total = 0;
    for (const [index, price] of prices.entries()) {
      total += this.checked(price); // probe: total
    }
    const late = "never";
    return [total, late];
  }

  checked(price) {
    const password = "hunter2";
    if (price < 0) {
      throw new RangeError(`${price} ${password.length}`); // probe: checked
    }
    return price;
  }
}

function* steps(limit) {
  let step = 0;
  while (true) {
    step++;
    yield step;
    if (step === limit) throw new EvalError("limit"); // probe: steps
  }
}

function consume(limit) {
  const seen = [];
  for (const step of steps(limit)) { // probe: consume
    seen.push(step);
  }
}

function applied() {
  const factor = [[2]];

  function apply(value) {
    const [doubled] = factor[value]; // probe: apply
    return doubled;
  }

  return [0, 1].map(apply); // probe: applied
}

function destructured(pair, ...rest) {
  let [first, [second]] = pair;
  try {
    first += 1;
    return second.missing.more; // probe: native
  } catch (error) {
    var count = rest.length;
    throw new SyntaxError(`${count} ${first}`, { cause: error }); // probe: again
  }
}

async function waits(n) {
  const before = n;
  const got = await Promise.resolve(before + 1);
  {
    const block = got * 2;
    for (let i = 0; ; i++) {
      if (i === 2) await inner(block, i); // probe: waits
    }
  }
}

async function inner(block, i) {
  let told;
  await null;
  told = decodeURIComponent(`%${block + i}`); // probe: inner
  return told;
}

const actions = [
  () => new Cart("ann").total([1, 2, -3]), // probe: cart
  () => consume(2),
  applied,
  () => destructured([1, [2]], 3, 4),
  waits.bind(null, 1),
];
(async () => {
  for (const action of actions) await Promise.resolve().then(action).then(null, (error) => console.log(error.name));
})();
