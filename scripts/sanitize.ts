// `tsx -C spoor-source scripts/sanitize.ts`: the stage of `npm test` that runs the native core under sanitizers, alone.
import { sanitizedTests } from "./sanitizers.ts";
import { runStages } from "./stages.ts";

await runStages([{ name: "sanitizers", run: sanitizedTests }]);
