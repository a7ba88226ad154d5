// `tsx -C spoor-source scripts/sanitize.ts`: the agent's tests with a native core under sanitizers, alone.
import { testRounds } from "./python-tests.ts";
import { sanitizedRounds } from "./sanitizers.ts";
import { runStages } from "./stages.ts";

await runStages([{ name: "sanitizers", run: async () => testRounds(await sanitizedRounds()) }]);
