// What a recorded call costs on the program's thread in Node, by what it is given and returns: `tsx -C spoor-source
// bench/node/hooks.ts [rounds] [node…]`. Each case runs in processes of its own, variants in turn; the least of the rounds counts.
// Time of the thread, files on disk. Every call is recorded in full: `hot` and its throttle are put out of reach, but for the
// column `throttled`, which has the throttle that programs meet after a thousand calls.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

const cases = { none: null, numbers: 150, text20: 220, text200: null, object: 800, array: 350, await: null } as const;
const variants = {
  bare: {},
  paused: {},
  "no values": { values: "none" },
  recorded: { generous: true },
  throttled: {},
} as const;
type Variant = keyof typeof variants;

const [roundsText = "3", ...given] = process.argv.slice(2);
const interpreters = given.length > 0 ? given : [process.execPath];
const calls = 800_000;
const directory = mkdtempSync(join(tmpdir(), "spoor-bench-"));

try {
  const bundles = { generous: bundle("generous", true), usual: bundle("usual", false) };
  for (const node of interpreters) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    console.log(`\n${version}: ns per call, least of ${roundsText} rounds\n`);
    console.log(`| case | ${Object.keys(variants).join(" | ")} | aim |\n|---|${"---|".repeat(6)}`);
    for (const [name, aim] of Object.entries(cases)) {
      const least = new Map<Variant, number>();
      for (let round = 0; round < Number(roundsText); round++) {
        for (const variant of Object.keys(variants) as Variant[]) {
          const took = measure(node, name, variant, bundles);
          least.set(variant, Math.min(least.get(variant) ?? Infinity, took));
        }
      }
      const shown = [...least.values()].map((ns) => ns.toFixed(0)).join(" | ");
      console.log(`| ${name} | ${shown} | ${aim ?? ""} |`);
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}

function measure(node: string, name: string, variant: Variant, bundles: { generous: string; usual: string }): number {
  const run = join(directory, "run");
  mkdirSync(join(run, "spool"), { recursive: true });
  const { generous, ...settings } = { generous: false, ...variants[variant] };
  const told = { format: 1, clock_ns: "0", hot: 1_000_000_000, sizeBytes: 1e12, ...settings };
  writeFileSync(join(run, "config.json"), JSON.stringify(told));
  const script = join(import.meta.dirname, "cases.mjs");
  const bundled = generous ? bundles.generous : bundles.usual;
  try {
    return Number.parseFloat(
      execFileSync(node, [script, bundled, run, name, variant, String(calls)], { encoding: "utf8" }),
    );
  } finally {
    rmSync(run, { recursive: true });
  }
}

/** `generous`: every value is taken in full, however often its function is called. */
function bundle(name: string, generous: boolean): string {
  const outfile = join(directory, `${name}.mjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, "../../agents/node/src/runtime/runtime.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["spoor-source"],
    define: { SPOOR_GENEROUS: generous ? "1e9" : "1000" },
    outfile,
  });
  return outfile;
}
