// A function that is given, and gives back, an array of 20 numbers.
const arrays = Array.from({ length: 64 }, (_, i) => Array.from({ length: 20 }, (_, j) => i * j));
let kept = null;

function same(array) {
  return array;
}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) kept = same(arrays[i & 63]);
  return kept.length;
};
