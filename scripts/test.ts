// `npm test`: everything. Each stage runs whatever became of those before it.
import { checkStages } from "./check-stages.ts";
import { runCommand } from "./command.ts";
import { compileNativeCores } from "./native-cores.ts";
import { setUpNodes } from "./node-interpreters.ts";
import { setUpNodePackages } from "./node-packages.ts";
import { pythonTests } from "./python-tests.ts";
import { sanitizedTests } from "./sanitizers.ts";
import { nothing, runStages, tool, vitest } from "./stages.ts";

await runStages([
  ...checkStages,
  tool("build", "tsx", "--conditions=spoor-source", "scripts/build.ts"),
  // Before the tests that need them, so that a failed installation is told as what it is.
  { name: "python environments", run: setUpPythons },
  { name: "nodes", run: setUpNodes },
  { name: "packages for Node", run: setUpNodePackages },
  { name: "native cores", run: compileNativeCores },
  { name: "python tests", run: pythonTests },
  { name: "sanitizers", run: sanitizedTests },
  vitest("host tests", "host"),
  vitest("system tests", "system"),
]);

async function setUpPythons() {
  const args = ["tsx", "--conditions=spoor-source", "scripts/python.ts", "setup"];
  // Shown, because it says which interpreters and packages are missing here and so go untested.
  const { code } = await runCommand("npx", args, { check: false, show: true });
  return { ...nothing, failed: code === 0 ? 0 : 1 };
}
