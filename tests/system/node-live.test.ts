// Node.js programs under `spoor run --live`: what cannot be done to them is said at once, for a server may run for days.
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const node = nodes().at(-1)?.executable ?? process.execPath;
const server = "function up() { return 1; }\nup();\nsetInterval(() => {}, 1000);\nconsole.log('up');\n";

function withDaemon(here: Sandbox): { env: NodeJS.ProcessEnv; [Symbol.asyncDispose](): Promise<void> } {
  const env = { SPOOR_DAEMON_DIR: join(here.directory, "../daemon") };
  return { env, [Symbol.asyncDispose]: async () => void (await here.spoor(["daemon", "stop"], { env })) };
}

test.each([
  [["--live"], "node runs on Node.js, which cannot be probed: probes are for Python so far. It is recorded\n", 1],
  [
    ["--live", "--no-record", "--quiet"],
    "with --no-record nothing is done to it, and only Python that it starts can be probed\n",
    0,
  ],
])("%j says at the start what Node gets", async (flags, sentence, runs) => {
  await using here = sandbox({ "server.js": server });
  await using daemon = withDaemon(here);
  const program = here.startRecorded([node, "server.js"], { flags, env: daemon.env });
  await program.says(sentence, "stderr");
  await program.says("up\n");
  const listed = await here.spoor(["ps"], { env: daemon.env });
  expect(listed.stdout).toContain("no process waits for probes; only those of Python can");
  program.child.kill("SIGTERM");
  await program.ended;
  expect(here.runs()).toHaveLength(runs);
});

test("nothing is said where it is asked for quiet, or what runs is not Node", async () => {
  await using here = sandbox({ "done.js": "console.log(1);\n" });
  await using daemon = withDaemon(here);
  for (const [flags, command] of [
    [
      ["--live", "--quiet"],
      [node, "done.js"],
    ],
    [["--live", "--no-record"], ["true"]],
  ] as const) {
    const { said } = await here.startRecorded(command, { flags, env: daemon.env }).ended;
    expect(said).not.toContain("probed");
  }
});
