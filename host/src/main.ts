// Spoor's entry. Little is imported here: each command loads what it needs, so that small answers come at once.
import module from "node:module";
import { join } from "node:path";
import { cacheDirectory } from "./project/cache.ts";
import { version } from "./project/version.ts";

const words = process.argv.slice(2);

// Who closes the pipe early (`spoor calls f | head`) has seen enough: that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
}

/** A daemon that was started in the background (daemon/lifecycle.ts). */
const backgroundWord = "__daemon";

if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  process.stdout.write(`${version()}\n`);
} else {
  // Node 22 and newer can keep what V8 makes of our text; Node 20 cannot, and has no such function.
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(join(cacheDirectory(process.env), "host"));
  await (words[0] === backgroundWord ? serveInBackground(words[1] ?? "{}") : answer());
}

async function answer(): Promise<void> {
  const { runCli } = await import("./doors/cli/cli.ts");
  process.exitCode = await runCli(words, {
    version: version(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    async daemon() {
      const { daemonLifecycle } = await import("./daemon/lifecycle.ts");
      return daemonLifecycle({
        env: process.env,
        version: version(),
        entry: process.argv[1] ?? "",
        warn: (says) => process.stderr.write(`spoor: ${says}\n`),
      });
    },
  });
}

async function serveInBackground(options: string): Promise<void> {
  const { serveInBackground } = await import("./daemon/background.ts");
  process.exit(await serveInBackground(options, version(), process.env));
}
