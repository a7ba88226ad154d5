// A function of two numbers.
let kept = 0;

function add(a, b) {
  return a + b;
}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) kept = add(i, 7);
  return kept;
};
