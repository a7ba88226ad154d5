// A function that is given, and gives back, an object of five keys.
const orders = Array.from({ length: 64 }, (_, i) => ({
  id: i,
  name: `name ${i}`,
  total: i * 1.5,
  paid: true,
  count: 2 * i,
}));
let kept = null;

function same(order) {
  return order;
}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) kept = same(orders[i & 63]);
  return kept.id;
};
