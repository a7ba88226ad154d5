// A test that is skipped says why: to the runner where the runner asks for it, and otherwise in a comment.
import type { File } from "./files.ts";

/** Skips without a reason, and tests that keep all others from running. */
export function unexplainedSkips(tests: readonly File[]): string[] {
  return tests.flatMap(({ path, text }) => {
    const lines = text.split("\n");
    const look = path.endsWith(".py") ? pythonProblem : typescriptProblem;
    return lines.flatMap((_, at) => {
      const problem = look(lines, at);
      return problem ? [`${path}:${at + 1} ${problem}`] : [];
    });
  });
}

/** Vitest prints no reason for `test.skip`, so that a comment `// Skipped: why` must stand above or beside it. */
function typescriptProblem(lines: readonly string[], at: number): string | undefined {
  const line = lines[at] ?? "";
  if (/^\s*(\/\/|\*)/.test(line)) return;
  if (/\b(test|it|describe)(\.\w+)*\.only\b/.test(line)) return "keeps every other test from running";
  if (!/\b(test|it|describe)(\.\w+)*\.(skip|skipIf|runIf|todo|fails)\b/.test(line)) {
    return /\b\w+\.skip\(\s*\)/.test(line) ? "skips without a reason" : undefined;
  }
  const explained = /\/\/ Skipped\b.*: \S/;
  return explained.test(line) || explained.test(lines[at - 1] ?? "")
    ? undefined
    : "skips without a comment `// Skipped: why`";
}

/** pytest prints the reason that it is given. The call may go on over a few lines. */
function pythonProblem(lines: readonly string[], at: number): string | undefined {
  const call = /\bpytest\.(mark\.)?(skip|skipif|xfail)\b(.*)/.exec(lines[at] ?? "");
  if (!call || /^\s*#/.test(lines[at] ?? "")) return;
  const rest = [call[3], ...lines.slice(at + 1, at + 6)].join(" ");
  const reason = call[2] === "skipif" || call[1] ? /reason\s*=/ : /^\(\s*(reason\s*=|[rf]*["'(\w])/;
  return reason.test(rest) ? undefined : "skips without a reason";
}
