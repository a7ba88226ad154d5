// `npm test`: everything. Each stage runs whatever became of those before it.
import { checkStages } from "./check-stages.ts";
import { runCommand } from "./command.ts";
import { compileNativeCores } from "./native-cores.ts";
import { setUpNodes } from "./node-interpreters.ts";
import { setUpNodePackages } from "./node-packages.ts";
import { requirementSets } from "./python-environments.ts";
import { pythonRounds, testRounds } from "./python-tests.ts";
import { sanitizedRounds } from "./sanitizers.ts";
import { nothing, runStages, tool, vitest } from "./stages.ts";

await runStages([
  ...checkStages,
  tool("build", "tsx", "--conditions=spoor-source", "scripts/build.ts"),
  // Before the tests that need them, so that a failed installation is told as what it is.
  { name: "python environments", run: setUpPythons },
  { name: "nodes", run: setUpNodes },
  { name: "packages for Node", run: setUpNodePackages },
  { name: "native cores", run: compileNativeCores },
  // Under sanitizers they take longest, so that round begins first.
  { name: "python tests", run: async () => testRounds([...(await sanitizedRounds()), ...(await pythonRounds())]) },
  vitest("host tests", "host"),
  vitest("system tests", "system"),
]);

async function setUpPythons() {
  // What only the bench needs is installed when the bench is run.
  const sets = requirementSets.filter((set) => set !== "bench");
  const args = ["tsx", "--conditions=spoor-source", "scripts/python.ts", "setup", ...sets];
  // Shown, because it says which interpreters and packages are missing here and so go untested.
  const { code } = await runCommand("npx", args, { check: false, show: true });
  return { ...nothing, failed: code === 0 ? 0 : 1 };
}
