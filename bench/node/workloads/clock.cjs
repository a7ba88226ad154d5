// What the recorder cannot do without: one reading of Node's clock, kept as it is. Bare only.
const times = new BigInt64Array(1000);
const now = process.hrtime.bigint;

exports.units = 1000;
exports.run = function run() {
  for (let i = 0; i < 1000; i++) times[i] = now();
};
