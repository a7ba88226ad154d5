// Calls without an end: answers say what is known of why.
import { expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const program = `function leaves(code) { process.exit(code) }
async function waits() { await new Promise(() => {}) }
async function exits() { await 1; return leaves(3) }
function* counts() { yield 1; yield 2 }
counts().next();
waits();
for (const each of counts());
setTimeout(exits, 40);
`;

const killed = `async function waits() { await new Promise(() => {}) }
function dies() { for (const until = Date.now() + 60; Date.now() < until;); process.kill(process.pid, "SIGKILL") }
waits();
setTimeout(dies, 40);
`;

test.each(matrix)("Node $major", async ({ executable: node }) => {
  await using here = sandbox({ "app.js": program, "killed.js": killed });
  const unended = async (name: string): Promise<string[]> => {
    const { stdout } = await here.spoor(["calls", name]);
    return stdout
      .split("\n")
      .filter((line) => /^ +(never|not) returned|^ +→/.test(line))
      .map((line) => line.trim());
  };
  expect((await here.both([node, "app.js"])).code).toBe(3);
  expect(await unended("leaves")).toEqual(["never returned: the process exited"]);
  expect(await unended("exits")).toEqual(["never returned: the process exited"]);
  expect(await unended("waits")).toEqual(["never returned: still waiting when the process exited"]);
  expect(await unended("counts")).toEqual(["never returned: still suspended when the process exited", "→ undefined"]);
  const gaps = await here.rows("select caller, callee, calls::int as calls from gaps where callee = 'process.exit'");
  expect(gaps).toEqual([{ caller: "leaves", callee: "process.exit", calls: 1 }]);

  expect((await here.startRecorded([node, "killed.js"]).ended).code).toBe(137);
  expect(await unended("waits")).toEqual(["never returned: its process died"]);
});
