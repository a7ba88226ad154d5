// Draws a recording as indented text: processes, the calls of each with arguments and outcome, then what the program asks
// for. A picture can be read against the program, which a list of rows cannot.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "spoor/store/store";
import type { Language, Program } from "./programs.ts";
import { readRows, type CallRow, type ExceptionRow, type ProcessRow, type Rows } from "./rows.ts";

/** What is not named in a drawing, because most calls are in it. */
const usual: Record<Language, { readonly module: string; readonly strand: string }> = {
  python: { module: "__main__", strand: "thread MainThread" },
  javascript: { module: "main", strand: "thread main" },
};

export async function drawRecording(store: Store, program: Program, directory: string): Promise<string> {
  const rows = await readRows(store);
  // Helper processes of the library (multiprocessing's tracker) run nothing that is recorded, and start at any moment.
  const shown = rows.processes.filter(
    (each) => rows.calls.some((call) => call.process === each.process) || rows.processes.length === 1,
  );
  const numbers = new Map(shown.map((each, at) => [each.process, at + 1]));
  const lines = shown.flatMap((process) => [
    ...(shown.length > 1 || isUnusual(process) ? [processLine(process, numbers)] : []),
    ...drawCalls(rows, process.process, program.language),
    ...(program.draws.includes("counted") ? drawCounted(rows, process.process) : []),
    ...(program.draws.includes("exceptions") ? drawExceptions(rows, process.process, directory) : []),
    ...(program.draws.includes("locals") ? drawLocals(rows, process.process, directory) : []),
    ...(program.draws.includes("gaps") ? drawGaps(rows, process.process) : []),
    ...(program.draws.includes("drops") ? drawDrops(rows, process.process) : []),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function isUnusual(process: ProcessRow): boolean {
  return process.ended !== "exit" || process.corrupt > 0 || process.truncated;
}

function processLine(process: ProcessRow, numbers: ReadonlyMap<number, number>): string {
  const from = process.parent_process === null ? "" : ` of process ${numbers.get(process.parent_process) ?? "?"}`;
  const at = process.parent_call === null ? "" : ` in ${process.parent_call}`;
  const corrupt = process.corrupt > 0 ? `, ${process.corrupt} corrupt records` : "";
  return `process ${numbers.get(process.process) ?? "?"}: ${process.born}${from}${at}, ${process.ended}${corrupt}${process.truncated ? ", truncated" : ""}`;
}

function drawCalls(rows: Rows, process: number, language: Language): string[] {
  const calls = rows.calls.filter((call) => call.process === process);
  const known = new Set(calls.map((call) => call.id));
  const lines: string[] = [];
  const under = new Map<number, CallRow[]>();
  for (const call of calls) {
    const parent = call.parent_id !== null && known.has(call.parent_id) ? call.parent_id : 0;
    under.set(parent, [...(under.get(parent) ?? []), call]);
  }
  const visit = (parent: CallRow | null, depth: number) => {
    for (const call of under.get(parent?.id ?? 0) ?? []) {
      lines.push("  ".repeat(depth) + drawCall(call, parent, rows, language));
      visit(call, depth + 1);
    }
  };
  visit(null, 0);
  return foldRepeats(lines);
}

/** Three and more equal lines after one another become one. */
function foldRepeats(lines: readonly string[]): string[] {
  const folded: string[] = [];
  for (let at = 0; at < lines.length;) {
    let end = at + 1;
    while (end < lines.length && lines[end] === lines[at]) end++;
    const times = end - at;
    folded.push(...(times < 3 ? lines.slice(at, end) : [`${lines[at] ?? ""} x${times}`]));
    at = end;
  }
  return folded;
}

function drawCall(call: CallRow, parent: CallRow | null, rows: Rows, language: Language): string {
  const { module, strand: main } = usual[language];
  const isLater = parent !== null && call.stack_parent_id === null;
  const strand = call.strand !== (parent?.strand ?? main) ? `[${call.strand}] ` : isLater ? "[later] " : "";
  const kind = call.kind === "function" || call.kind === "method" ? "" : `${call.kind.replace("_", " ")} `;
  const name = call.module === module ? call.function : `${call.module}.${call.function}`;
  return `${strand}${kind}${name}(${drawArguments(call)})${drawSuspensions(call, rows)}${drawOutcome(call, rows)}`;
}

function drawArguments(call: CallRow): string {
  if (call.args === null) return "not captured";
  const given = Object.entries(JSON.parse(call.args) as Record<string, unknown>);
  const stars = JSON.parse(call.parameters) as string[];
  return given
    .map(
      ([name, value]) =>
        `${stars.find((each) => each.replace(/^(?:\*+|\.\.\.)/, "") === name) ?? name}=${drawValue(value)}`,
    )
    .join(", ");
}

const placed = new Set(["function", "generator", "coroutine", "async_generator", "frame", "traceback", "code"]);

/**
 * Instances and marks as `<Name>{…}`, so that a line stays readable; everything else as JSON. Identities, private fields (those of
 * the standard library's classes are other ones in each version) and lines of functions are left out.
 */
export function drawValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(drawValue).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const { $: kind, ...fields } = value as Record<string, unknown>;
  const hasPrivate = Object.keys(fields).some((name) => name.startsWith("_"));
  const shown = Object.entries(fields).filter(
    ([name]) =>
      name !== "$id" &&
      !name.startsWith("_") &&
      !(name === "line" && placed.has(String(kind))) &&
      // What was left out of such an object is the standard library's, and another number of them in each version.
      !(name === "$cut" && hasPrivate),
  );
  const inner = shown.map(([name, field]) => `${name}: ${drawValue(field)}`);
  return `${typeof kind === "string" ? `<${kind}>` : ""}{${inner.join(", ")}}`;
}

function drawSuspensions(call: CallRow, rows: Rows): string {
  if (call.suspends === 0) return "";
  const waits = rows.suspensions.filter((each) => each.process === call.process && each.call_id === call.id);
  const values = waits.flatMap((wait) => (wait.value === null ? [] : [drawValue(JSON.parse(wait.value))]));
  const others = new Set(
    waits.flatMap((wait) => {
      const by = rows.calls.find((each) => each.process === call.process && each.id === wait.resumed_by);
      return by === undefined || by.id === call.stack_parent_id ? [] : [by.function];
    }),
  );
  const resumed = others.size > 0 ? `, resumed by ${[...others].join(" and ")}` : "";
  return values.length > 0 ? ` yields ${values.join(", ")}${resumed}` : ` suspends x${call.suspends}${resumed}`;
}

function drawOutcome(call: CallRow, rows: Rows): string {
  switch (call.outcome) {
    case "returned":
      return ` -> ${call.result === null ? "not captured" : drawValue(JSON.parse(call.result))}`;
    case "raised": {
      const found = rows.exceptions.find((each) => each.process === call.process && each.id === call.exception_id);
      return ` raised ${found === undefined ? "what was never seen" : `e${found.id} ${found.type}`}`;
    }
    case "closed":
      return " closed";
    case "running":
      return " never returned";
  }
}

function drawCounted(rows: Rows, process: number): string[] {
  return rows.counted
    .filter((row) => row.process === process)
    .map(
      (row) => `counted ${row.function} x${row.calls} (${row.why}${row.raised > 0 ? `, ${row.raised} raised` : ""})`,
    );
}

function drawDrops(rows: Rows, process: number): string[] {
  return rows.drops
    .filter((drop) => drop.process === process)
    .map((drop) => `dropped ${drop.why} x${drop.count}: ${drop.note}`);
}

function drawExceptions(rows: Rows, process: number, directory: string): string[] {
  return rows.exceptions.filter((each) => each.process === process).map((each) => drawException(each, directory));
}

function drawException(exception: ExceptionRow, directory: string): string {
  const args = (JSON.parse(exception.args) as unknown[]).map(drawValue).join(", ");
  const raised = `e${exception.id} ${exception.type}(${args}) raised in ${exception.function}${marker(directory, exception.file, exception.line)}`;
  const fatal = exception.fatal ? ", fatal" : "";
  const caught =
    exception.caught === null
      ? ""
      : ` by ${exception.caught}${marker(directory, exception.caught_file, exception.caught_line)}`;
  const left = exception.left_by === null ? "" : `, left ${exception.left_by} (${exception.calls_left})`;
  return `${raised}, ${exception.fate.replace("_", " ")}${caught}${left}${fatal}`;
}

/** ` at total` where the line says `# probe: total` (or `// probe: total`). Lines without a mark are not drawn: their numbers mean nothing. */
function marker(directory: string, file: string | null, line: number | null): string {
  if (file === null || line === null || file.startsWith("/") || file.startsWith("<")) return "";
  try {
    const text = readFileSync(join(directory, file), "utf8").split("\n")[line - 1] ?? "";
    const name = /(?:#|\/\/) probe: (.+)$/.exec(text)?.[1];
    return name === undefined ? "" : ` at ${name}`;
  } catch {
    return "";
  }
}

function drawLocals(rows: Rows, process: number, directory: string): string[] {
  return rows.frames
    .filter((frame) => frame.process === process)
    .map(
      (frame) =>
        `e${frame.exception_id} frame ${frame.depth} ${frame.function}${marker(directory, frame.file, frame.line)} ${drawValue(JSON.parse(frame.locals))}`,
    );
}

function drawGaps(rows: Rows, process: number): string[] {
  return rows.gaps
    .filter((gap) => gap.process === process)
    .map((gap) => `gap ${gap.caller} called ${gap.kind} ${gap.callee} x${gap.calls}${gap.at_least ? " at least" : ""}`);
}
