// `npm test`: everything. Each stage runs whatever became of those before it.
import { checkStages } from "./check-stages.ts";
import { pythonTests } from "./python-tests.ts";
import { runStages, tool, vitest } from "./stages.ts";

await runStages([
  ...checkStages,
  tool("build", "tsx", "--conditions=spoor-source", "scripts/build.ts"),
  // Before the tests that need them, so that a failed installation is told as what it is.
  tool("python environments", "tsx", "--conditions=spoor-source", "scripts/python.ts", "setup"),
  { name: "python tests", run: pythonTests },
  vitest("system tests", "system"),
]);
