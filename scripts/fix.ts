// `npm run fix`: everything that format and lint can put right by themselves.
import { ruff } from "./check-stages.ts";
import { runStages, tool } from "./stages.ts";

await runStages([
  tool("lint", "oxlint", "--fix", "--quiet"),
  tool("format", "oxfmt"),
  { name: "python", run: () => ruff(["check", "--fix"], ["format"]) },
]);
