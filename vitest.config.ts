// Three projects: `unit` (what needs no other process, and the repository's own rules) runs in `npm run check`; `host` (real DuckDB,
// real files, real processes) and `system` (real programs under real agents, in tests/) run in `npm test`.
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

// Workspaces resolve to source through this condition; Vite's own defaults must be repeated beside it.
const conditions = ["spoor-source", "module", "node", "development|production"];
const host = "host/tests/{store,recording,doors,operations,live,daemon}/**/*.test.ts";

// Programs that tests record find the compiled cores of the checkout's tests, never those of this user, and none is
// compiled in the middle of a test that is not about compiling.
const env = { SPOOR_CACHE: join(import.meta.dirname, ".cache"), SPOOR_COMPILE: "false" };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "unit",
          include: ["{protocol,agents/node,host,scripts,bench}/**/*.test.ts", "tests/repository/**/*.test.ts"],
          exclude: [host, "bench/node/vitest/**", "**/node_modules/**", "**/dist/**", "**/.cache/**"],
          // A machine with two busy cores takes ten times what a quiet one does.
          testTimeout: 30_000,
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: { name: "host", env, include: [host], testTimeout: 60_000, hookTimeout: 120_000, maxWorkers: 2 },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "system",
          env,
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/repository/**", "**/node_modules/**", "**/.cache/**"],
          // These start interpreters and servers on machines that may have two cores, and others at work on them.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
        },
      },
    ],
  },
});
