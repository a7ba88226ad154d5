// Runs tests of test262, each bare and instrumented in realms of their own, and answers with what came out of both. One that
// hangs is ended by run.ts together with this process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type { Case, Variant } from "./case.ts";
import { readCase, variantsOf } from "./case.ts";
import type { Realm } from "./realm.ts";
import { makeRealm } from "./realm.ts";

export interface Result {
  readonly path: string;
  readonly variant: Variant;
  readonly bare: string;
  readonly instrumented: string;
  readonly refusals: readonly string[];
  readonly open: number;
}

const [folder = ""] = process.argv.slice(2);
const harness = new Map<string, Script>();
const turnsForAsync = 400;

// Tests leave promises behind.
process.on("unhandledRejection", () => undefined);
process.on("message", (path: string) => {
  void answer(path);
});
process.send?.({ ready: true });

async function answer(path: string): Promise<void> {
  const test = readCase(folder, path);
  const results: Result[] = [];
  for (const variant of variantsOf(test)) {
    const bare = await run(test, variant, false);
    const ours = await run(test, variant, true);
    results.push({
      path,
      variant,
      bare: bare.outcome,
      instrumented: ours.outcome,
      refusals: ours.realm.refusals,
      open: ours.realm.open(),
    });
  }
  process.send?.({ done: path, results });
}

async function run(test: Case, variant: Variant, instrumented: boolean): Promise<{ outcome: string; realm: Realm }> {
  const realm = makeRealm(folder, instrumented);
  try {
    if (variant !== "raw") {
      const files = [
        "assert.js",
        "sta.js",
        ...(test.flags.has("async") ? ["doneprintHandle.js"] : []),
        ...test.includes,
      ];
      for (const file of files) include(file).runInContext(realm.context);
    }
    const source = variant === "strict" ? `"use strict";\n${test.source}` : test.source;
    if (variant === "module") await realm.runModule(source, test.path);
    else realm.run(source, test.path);
    if (test.flags.has("async")) await asyncEnd(realm);
    return { outcome: realm.printed.join("; ") || "passed", realm };
  } catch (error) {
    return { outcome: told(error), realm };
  }
}

function include(file: string): Script {
  let script = harness.get(file);
  if (!script) {
    script = new Script(readFileSync(join(folder, "harness", file), "utf8"), { filename: file });
    harness.set(file, script);
  }
  return script;
}

async function asyncEnd({ printed }: Realm): Promise<void> {
  for (let turn = 0; printed.length === 0 && turn < turnsForAsync; turn++)
    await new Promise((next) => setImmediate(next));
  if (printed.length === 0) printed.push("never done");
}

function told(error: unknown): string {
  try {
    const { name, message } = error as { name?: unknown; message?: unknown };
    return typeof error === "object" && error !== null
      ? `${String(name)}: ${String(message)}`
      : `threw ${String(error)}`;
  } catch {
    return "threw something unspeakable";
  }
}
