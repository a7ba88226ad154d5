// A promise that is rejected and that nobody handles ends the program.

async function rejects() {
  await null;
  throw new TypeError("unhandled"); // probe: raised
}

rejects();
