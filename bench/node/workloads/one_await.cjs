// One `await` of a promise that is settled: a suspension and a resumption, in a call that does nothing else.
const nothing = Promise.resolve();

exports.units = 1000;
exports.run = async function run() {
  for (let i = 0; i < 1000; i++) await nothing;
};
