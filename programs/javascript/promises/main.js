// Promises: the reactions that a call chains are one task of that call, in their order; what they begin goes on with it.
const { promisify } = require("node:util");
const { setTimeout: sleep } = require("node:timers/promises");

function step(value) {
  return value;
}

function chain() {
  return Promise.resolve(1)
    .then((value) => step(value + 1))
    .then(async (value) => {
      await sleep(1);
      return step(value + 1);
    })
    .then((value) => {
      throw new Error(`no ${step(value)}`);
    })
    .catch((error) => step(error.message))
    .finally(() => step("finally"));
}

function callBack(value, done) {
  setTimeout(() => done(null, step(value)), 1);
}

function together() {
  const each = async (value) => {
    await sleep(1);
    return step(value);
  };
  return Promise.all([each("all 1"), each("all 2"), promisify(callBack)("promisified")]);
}

function settled() {
  const race = Promise.race([sleep(50, "slow", { ref: false }), Promise.resolve("fast").then((value) => step(value))]);
  return Promise.allSettled([race, Promise.reject(new Error("rejected")).catch((error) => step(error.message))]);
}

chain()
  .then((value) => console.log(value))
  .then(() => together())
  .then((values) => console.log(values))
  .then(() => settled())
  .then((results) => console.log(results.map(({ value }) => value)));
