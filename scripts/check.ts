// `npm run check`: format, lint, types, unit tests and the repository's rules; fast enough to run by habit.
import { checkStages } from "./check-stages.ts";
import { runStages } from "./stages.ts";

await runStages(checkStages);
