// Draws what was recorded: processes below the process that started them, and in each its calls below their callers.
// Sisters that look alike are drawn once, with their number.

interface ProcessRow {
  readonly process: number;
  readonly parent_process: number | null;
  readonly born: string;
}

interface CallRow {
  readonly process: number;
  readonly id: number;
  readonly parent_id: number | null;
  readonly name: string;
  readonly outcome: string;
}

type Query = <T>(sql: string) => Promise<T[]>;

/** With `only`, calls of other functions are left out, and what is below them moves up. */
export async function drawCalls(query: Query, only: RegExp = /./): Promise<string> {
  const processes = await query<ProcessRow>("select process, parent_process, born from processes order by process");
  const calls = await query<CallRow>(
    `select process, id, parent_id, module || '.' || function as name, outcome from calls order by process, started_ns, id`,
  );
  const draw = (parent: number | null): string[] =>
    folded(
      processes
        .filter((each) => each.parent_process === parent)
        .map(({ process, born }) => [
          born,
          ...indented(
            drawProcess(
              calls.filter((call) => call.process === process),
              only,
            ),
          ),
          ...indented(draw(process)),
        ]),
    );
  return draw(null).join("\n");
}

function drawProcess(calls: readonly CallRow[], only: RegExp): string[] {
  const known = new Set(calls.map((call) => call.id));
  const below = new Map<number, CallRow[]>();
  for (const call of calls) {
    const parent = call.parent_id !== null && known.has(call.parent_id) ? call.parent_id : 0;
    below.set(parent, [...(below.get(parent) ?? []), call]);
  }
  const draw = (parent: number): string[][] =>
    (below.get(parent) ?? []).flatMap((call) => {
      const children = draw(call.id);
      if (!only.test(call.name)) return children;
      const outcome = call.outcome === "returned" ? "" : ` (${call.outcome})`;
      return [[call.name + outcome, ...indented(folded(children))]];
    });
  return folded(draw(0));
}

function folded(blocks: readonly string[][]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < blocks.length;) {
    const [first = "", ...rest] = blocks[at] ?? [];
    const text = [first, ...rest].join("\n");
    let alike = 1;
    while (at + alike < blocks.length && blocks[at + alike]?.join("\n") === text) alike++;
    lines.push(alike > 1 ? `${first} x${alike}` : first, ...rest);
    at += alike;
  }
  return lines;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
