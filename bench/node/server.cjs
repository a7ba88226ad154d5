// Starts the server in the file that its argument names, tells the port, and answers every line on standard input with the
// processor time that this process has used so far, in nanoseconds: its own, all threads.
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

const answer = (fields) => void writeSync(1, `${JSON.stringify(fields)}\n`);

async function main() {
  const { start } = require(process.argv[2]);
  answer({ port: await start() });
  for await (const _ of createInterface({ input: process.stdin })) {
    const { user, system } = process.cpuUsage();
    answer({ ns: (user + system) * 1000 });
  }
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
