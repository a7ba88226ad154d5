// Two projects: `unit` (beside the sources, and the repository's own rules) runs in `npm run check`;
// `system` (everything else in tests/) starts real programs under real agents and runs in `npm test`.
import { defineConfig } from "vitest/config";

// Workspaces resolve to source through this condition; Vite's own defaults must be repeated beside it.
const conditions = ["spoor-source", "module", "node", "development|production"];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "unit",
          include: ["{protocol,host,scripts,bench}/**/*.test.ts", "tests/repository/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/.cache/**"],
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "system",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/repository/**", "**/node_modules/**", "**/.cache/**"],
          // These start interpreters and servers on machines that may have two cores.
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
