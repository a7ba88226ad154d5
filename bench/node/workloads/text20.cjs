// A function that is given, and gives back, a text of 20 characters.
const texts = Array.from({ length: 64 }, (_, i) => `${i} plain words of a sentence`.slice(0, 20));
let kept = "";

function same(text) {
  return text;
}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) kept = same(texts[i & 63]);
  return kept.length;
};
