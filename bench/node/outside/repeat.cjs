// Calls and awaits, from outside of what is recorded.
exports.repeat = async function repeat(call, times) {
  for (let i = 0; i < times; i++) await call(i);
};
