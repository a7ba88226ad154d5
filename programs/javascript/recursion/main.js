// A function that calls itself, directly and through another.

function factorial(n) {
  return n < 2 ? 1 : n * factorial(n - 1);
}

const even = (n) => (n === 0 ? true : odd(n - 1));
const odd = (n) => (n === 0 ? false : even(n - 1));

console.log(factorial(4), even(3));
