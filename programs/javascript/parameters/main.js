// Every kind of parameter: defaults, rest, patterns, `arguments`, and what a function makes of them before it returns.

function plain(a, b) {
  return arguments.length;
}

function defaults(a, b = a + 1, c = [b]) {
  return c;
}

function rest(first, ...others) {
  return others.length;
}

function patterns({ a, b: { c = 3 } = {}, ...more }, [d, , e = 5]) {
  return [a, c, more, d, e];
}

function rebinds(a) {
  a = "changed";
  return arguments[0];
}

function nothing() {}

console.log(plain(1), plain(1, 2, 3), defaults(1), defaults(1, 2, 3), rest(1), rest(1, 2, 3));
console.log(patterns({ a: 1, x: 9 }, [4]), rebinds("given"), nothing(undefined, null));
console.log(plain("s", 2n ** 70n), plain(NaN, -0), plain(Symbol("s"), /x/g), plain(new Map([["k", 1]]), new Set([1])));
