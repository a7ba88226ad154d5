// What is done with kept events while nobody asks: segments are closed, made into Parquet and, when they are too old or too many,
// deleted, as the settings of their project say. One project after the other, so that it never takes more than one core.
import { dirname } from "node:path";
import { resolveConfiguration, type EventSettings } from "../../project/configuration.ts";
import { compact, type CompactionOptions } from "./compaction.ts";
import type { EventLog } from "./log.ts";
import { retain } from "./retention.ts";

export interface UpkeepOptions {
  readonly logs: () => readonly EventLog[];
  readonly env: NodeJS.ProcessEnv;
  /** The daemon's own log directory, which belongs to no project. */
  readonly own: string;
  readonly compaction: CompactionOptions;
  /** From this segment on the sink still needs them as they are. */
  readonly neededFrom: (log: EventLog) => number;
  /** A segment was deleted that the sink may have needed. */
  readonly lost: (log: EventLog, segment: number) => void;
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

export interface Upkeep {
  /** Why the last round failed; null if it did not. */
  trouble(): string | null;
  close(): Promise<void>;
}

export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { logs, compaction, neededFrom, lost, everyMs, say } = options;
  let trouble: string | null = null;
  const closing = new AbortController();
  let round: Promise<void> | null = null;
  const oneRound = async (): Promise<void> => {
    for (const log of logs()) {
      log.rotateIfOld();
      while (await compact(log, neededFrom(log), compaction, say)) if (closing.signal.aborted) return;
      const { ageMs, sizeBytes } = settingsOf(log, options);
      retain(log, { ageMs, bytes: sizeBytes, keepMs: compaction.keepMs }, (segment) => lost(log, segment));
    }
  };
  const timer = setInterval(() => {
    round ??= oneRound()
      .then(() => (trouble = null))
      .catch((error: unknown) => {
        trouble = `kept events cannot be tidied: ${(error as Error).message}`;
        say((error as Error).stack ?? trouble);
      })
      .then(() => void (round = null));
  }, everyMs);
  timer.unref();
  return {
    trouble: () => trouble,
    async close() {
      closing.abort();
      clearInterval(timer);
      await round;
    },
  };
}

const usual: Pick<EventSettings, "ageMs" | "sizeBytes"> = { ageMs: 14 * 86_400_000, sizeBytes: 1024 ** 3 };

function settingsOf(log: EventLog, { own, env, say }: UpkeepOptions): Pick<EventSettings, "ageMs" | "sizeBytes"> {
  try {
    // <root>/.spoor/live/<writer>
    const root = log.directory === own ? null : dirname(dirname(dirname(log.directory)));
    return resolveConfiguration(root, env).events;
  } catch (error) {
    // A mistake in a project's file is its user's to see when they use it.
    say(`${log.directory}: ${(error as Error).message}`);
    return usual;
  }
}
