// Timers and queues: a callback hangs under the call that handed it on, however long that has been over. What one call chains
// is one task; an interval is one, not one for each of its turns.

function step(name) {
  return name;
}

function startTimers(done) {
  setTimeout(() => {
    step("timer");
    process.nextTick(() => step("tick in a timer"));
    setImmediate(() => {
      step("immediate in a timer");
      setTimeout((name) => done(step(name)), 1, "timer in an immediate");
    });
  }, 1);
  process.nextTick(() => step("tick"));
  queueMicrotask(() => step("microtask"));
}

function startInterval(done) {
  let turns = 0;
  const turn = () => {
    turns++;
    if (turns < 4) return step("turn");
    clearInterval(interval);
    return done();
  };
  const interval = setInterval(turn, 1);
}

function named() {
  return step("a function of the module, handed on by its name");
}

const api = {
  method() {
    return step("a method, by who handed it on");
  },
};

function startNamed() {
  setTimeout(named, 1);
  setTimeout(api.method, 2);
}

startTimers(() => startInterval(startNamed));
