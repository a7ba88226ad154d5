// Spoor's entry: builds what lives as long as the process, and hands it to the door.
import { findProject } from "./project/find-project.ts";
import { resolveConfiguration } from "./project/configuration.ts";
import { record } from "./recording/record.ts";

const [verb, ...command] = process.argv.slice(2);
if (verb === "run") {
  const { project } = findProject({ cwd: process.cwd(), implicit: true, env: process.env });
  const { settings } = resolveConfiguration(project.root, process.env);
  const recorded = await record({
    command,
    project,
    settings,
    name: null,
    timeoutS: null,
    cwd: process.cwd(),
    env: process.env,
    stdio: "inherit",
    progress: () => {},
  });
  process.exitCode = recorded.exitCode;
}
