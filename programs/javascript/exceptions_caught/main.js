// Where an exception is raised, which calls it leaves, and who catches it; also one that is raised while another is handled.

function raises(kind) {
  if (kind === "own") throw new RangeError("own"); // probe: own
  return null.missing; // probe: native
}

function passes(kind) {
  try {
    return raises(kind);
  } finally {
    after();
  }
}

function after() {}

function catches(kind) {
  try {
    return passes(kind);
  } catch (error) {
    return error.message; // probe: here
  }
}

function again() {
  try {
    raises("own");
  } catch (cause) {
    throw new Error("again", { cause });
  }
}

console.log(catches("own"));
console.log(typeof catches("native"));
try {
  again();
} catch ({ message, cause }) {
  console.log(message, cause.message);
}
try {
  throw "no error"; // probe: string
} catch (thrown) {
  console.log(thrown);
}
