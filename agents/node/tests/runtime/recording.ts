// A runtime of a run of its own, and what it wrote, as lines of the spool.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decoderOf } from "@spoor/protocol/raw-text";
import type { FunctionDefinition } from "../../src/hooks.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime/runtime.ts";

export interface Recording extends Disposable {
  readonly runtime: Runtime;
  readonly directory: string;
  /** All lines of all files, in order. Writes what is in memory. */
  lines(): string[];
  /** Columns of the records of these kinds. */
  records(kinds: string): string[][];
}

export function record(settings: object = {}, options: Partial<RuntimeOptions> = {}): Recording {
  const directory = mkdtempSync(join(tmpdir(), "spoor-runtime-"));
  mkdirSync(join(directory, "spool"));
  writeFileSync(
    join(directory, "config.json"),
    JSON.stringify({ format: 1, clock_ns: "0", root: "/project", ...settings }),
  );
  const runtime = createRuntime({ directory, ...options });
  function lines(): string[] {
    runtime.flush();
    return spoolLines(directory);
  }
  return {
    runtime,
    directory,
    lines,
    records: (kinds) =>
      lines()
        .map((line) => line.split("\t"))
        .filter(([kind]) => kinds.includes(kind ?? "")),
    [Symbol.dispose]() {
      runtime.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export function spoolLines(directory: string): string[] {
  const names = readdirSync(join(directory, "spool")).filter((name) => name.endsWith(".raw"));
  let text = "";
  for (const name of names.toSorted()) {
    const decoder = decoderOf(readFileSync(join(directory, "spool", name)));
    if (decoder === null) throw new Error(`${name} has no header`);
    for (let piece = decoder.next(); ; piece = decoder.next()) {
      if (piece.done === true) {
        if (piece.value.truncated) text += "truncated\n";
        break;
      }
      text += piece.value;
    }
  }
  return text.split("\n").slice(0, -1);
}

/** Definitions by their names: `add(a,b)`, `async load()`, `function* pages(n)`, `Cart.add(this,item)`. */
export function functionsOf(...heads: string[]): FunctionDefinition[] {
  return [
    { name: "<module>", kind: "module", line: 1, column: 0, parameters: [], captures: [], locals: [] },
    ...heads.map(functionOf),
  ];
}

function functionOf(head: string, index: number): FunctionDefinition {
  const [, async = "", star = "", name = "", names = ""] = /^(async )?(\*)?([\w.$]+)\((.*)\)$/.exec(head) ?? [];
  const captures = names === "" ? [] : names.split(",");
  const kind = async ? (star ? "async_generator" : "coroutine") : star ? "generator" : "function";
  const parameters = captures.filter((capture) => capture !== "this");
  return { name, kind, line: index + 2, column: 0, parameters, captures, locals: [] };
}
