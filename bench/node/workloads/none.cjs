// A function without arguments that returns nothing.
function idle() {}

exports.run = function run() {
  for (let i = 0; i < 1000; i++) idle();
};
