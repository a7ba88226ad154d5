// Measures whole commands in pairs: the plain one and the one that is to be judged, in turns.
import { join } from "node:path";
import { startLineProcess, type LineProcess } from "./lines.ts";
import { plainEnvironment, pythonFolder } from "./recording.ts";
import { compare, type Difference } from "./statistics.ts";

export interface Command {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

interface Ran {
  readonly wall_ns: number;
  readonly cpu_ns: number;
  readonly code: number;
  readonly tail: string;
}

export function startSpawner(python: string, scratch: string): LineProcess {
  const command = [python, "-I", join(pythonFolder, "spawn.py")];
  return startLineProcess(command, { env: plainEnvironment(scratch), cwd: scratch });
}

/** Throws when the command fails. */
export async function runOnce(spawner: LineProcess, { words, env, cwd }: Command): Promise<Ran> {
  const ran = (await spawner.ask(JSON.stringify({ command: words, env, cwd }))) as Ran;
  if (ran.code !== 0) throw new Error(`${words.join(" ")} failed (${ran.code}):\n${ran.tail}`);
  return ran;
}

/**
 * Milliseconds of wall clock and of processor time; `own` is what the commands themselves say on standard output, in
 * nanoseconds, where they do. Throws when a command fails.
 */
export async function measurePairs(
  spawner: LineProcess,
  plain: Command,
  judged: Command,
  rounds: number,
): Promise<{ wall: Difference; cpu: Difference; own: Difference }> {
  // The first start of either reads its files from disk.
  await runOnce(spawner, plain);
  await runOnce(spawner, judged);
  const pairs: [Ran, Ran][] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push([await runOnce(spawner, plain), await runOnce(spawner, judged)]);
  }
  const of = (ns: (ran: Ran) => number) =>
    compare(
      pairs.map(([bare]) => ns(bare) / 1e6),
      pairs.map(([, traced]) => ns(traced) / 1e6),
    );
  return {
    wall: of(({ wall_ns }) => wall_ns),
    cpu: of(({ cpu_ns }) => cpu_ns),
    own: of(({ tail }) => Number.parseInt(tail, 10)),
  };
}
