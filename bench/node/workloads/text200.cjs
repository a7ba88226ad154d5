// A function that is given, and gives back, a text of 200 characters.
const texts = Array.from({ length: 64 }, (_, i) =>
  `${i} plain words of a sentence that goes on `.repeat(8).slice(0, 200),
);
let kept = "";

function same(text) {
  return text;
}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) kept = same(texts[i & 63]);
  return kept.length;
};
