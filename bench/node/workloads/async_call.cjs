// An async function with one `await`, called and awaited by code that is not recorded.
const { repeat } = require("../outside/repeat.cjs");

const nothing = Promise.resolve();

async function get(n) {
  await nothing;
  return n;
}

exports.units = 1000;
exports.run = () => repeat(get, 1000);
