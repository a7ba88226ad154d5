// The transcripts in the README and the guides are what the examples really say: each command in a block that starts with `$` is
// run in a copy of the examples, and each line that is shown must be among what it said. Times and names of runs differ from run
// to run, and so does the order of what is sorted by time; a line `…` stands for what is left out.
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/root.ts";
import { sandbox } from "./sandbox.ts";

interface Shown {
  readonly folder: string;
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

const documents = ["README.md", "docs/guides/typescript.md"];
const programs = { shop: ["python3", "shop.py"], orders: ["npx", "tsx", "orders.ts"] };

/** The commands of all blocks, in order; `cd` changes the example. */
function transcripts(text: string): Shown[] {
  let folder = "examples/shop";
  const found: Shown[] = [];
  for (const [, block = ""] of text.matchAll(/^```text\n(\$ [^]*?)^```/gm)) {
    for (const part of block.split(/^\$ /m).filter((each) => each !== "")) {
      const [commands = "", ...lines] = part.split("\n");
      const last = commands.split(" && ").at(-1) ?? "";
      for (const [, to = ""] of commands.matchAll(/\bcd (\S+)/g)) folder = to.startsWith("..") ? join(folder, to) : to;
      const shown = lines.filter((line) => line.trim() !== "" && line !== "…").map(plain);
      found.push({ folder, words: last.split(" ").slice(2), lines: shown });
    }
  }
  return found;
}

/** Without what differs from run to run. */
function plain(line: string): string {
  return (
    line
      .replace(/\b20\d{6}-\d{6}-\w{3}\b/g, "RUN")
      .replace(/[\d,.]+ (?:ns|µs|ms|s)\b/g, "T")
      .replace(/ (?:\d+|< ?\d+) %/g, " %")
      // Before 3.12 the pure core hears of native calls in one thread only.
      .replace(/\(\d+ calls, see gaps\)/, "(N calls, see gaps)")
      // The slowest is a matter of time too.
      .replace(/(spoor calls) (?:'[^']*'|\S+) (--sort own|--sort duration)/, "$1 … $2")
      .replace(/ +/g, " ")
      .trimEnd()
  );
}

test.each(documents)("%s", async (document) => {
  const shown = transcripts(readFileSync(join(root, document), "utf8"));
  expect(shown.length).toBeGreaterThan(0);
  await using here = sandbox();
  cpSync(join(root, "examples"), join(here.directory, "examples"), {
    recursive: true,
    filter: (path) => !path.endsWith(".spoor"),
  });
  symlinkSync(join(root, "node_modules"), join(here.directory, "node_modules"));
  here.write("package.json", '{ "type": "module" }');
  const env = { npm_config_update_notifier: "false" };
  for (const [name, command] of Object.entries(programs)) {
    const cwd = join(here.directory, "examples", name);
    await here.startRecorded(command, { cwd, env }).ended;
  }
  for (const { folder, words, lines } of shown) {
    const said = await here.spoor(words, { cwd: resolve(here.directory, folder), env: { ...env, COLUMNS: "100" } });
    // Whether there is a native core is this machine's business.
    const text = said.stdout.replace(/, recorded in pure Python:[^;]*/, "");
    expect(text.split("\n").map(plain), `what spoor ${words.join(" ")} says`).toEqual(
      expect.arrayContaining([...lines]),
    );
  }

  // What `gaps` says is to be pasted.
  const cwd = join(here.directory, "examples/orders");
  const [, pasted = ""] = /^next: spoor run (.*)$/m.exec((await here.spoor(["gaps"], { cwd, env })).stdout) ?? [];
  const again = await here.spoor(["run", ...pasted.split(" ")], { cwd, env });
  expect([pasted, again.code]).toEqual(["--include zod npx tsx orders.ts", 0]);
  const { stdout } = await here.spoor(["calls", "zod/v4/core/parse._parse"], { cwd, env });
  expect(stdout).not.toContain("not called");
});
