// Seals what a run has written: finished segments while its program goes on, so that a long run never holds more than
// a little spool, and the rest at its end. The store, whose database takes longer to load than many programs to run, is loaded
// beside the program where there is a processor to spare, else when it is first needed: the program's start costs nothing more.
import { availableParallelism } from "node:os";
import { readManifest } from "../project/run-directory.ts";
import { planSealing } from "../store/due.ts";
import { sayBytes } from "../project/units.ts";

export interface Sealing {
  /** Waits for a sealing under way and seals the rest. Never rejects; what went wrong comes back in sentences. */
  finish(progress: (message: string) => void): Promise<string[]>;
}

const lookEveryMs = 1000;
/** Less is left for the end: sealing takes a processor from the program, and queries read live spools anyway. */
const worthSealingBytes = 32 * 1024 * 1024;
/**
 * The part of the run's size limit that dead processes may hold with what they were granted and left empty. Programs
 * that end their workers by signals would otherwise reach the limit with little written.
 */
const shareOfTheDead = 1 / 16;
/** How long another command that seals this very run is waited for. */
const waitMs = 60_000;

export function sealWhileRunning(runDirectory: string): Sealing {
  let underWay: Promise<void> | null = null;
  let failed = false;
  // What is wrong with it is told when it is needed.
  if (availableParallelism() > 1) void loadStore().catch(() => {});
  const timer = setInterval(() => {
    if (underWay !== null || failed || !isWorthSealing(runDirectory)) return;
    underWay = sealFinished(runDirectory)
      .catch(() => {
        // Tried again at the end, and told then if it still fails.
        failed = true;
      })
      .finally(() => {
        underWay = null;
      });
  }, lookEveryMs);
  timer.unref();
  return {
    async finish(progress) {
      clearInterval(timer);
      await underWay;
      try {
        const { sealRun } = await loadStore();
        const { did } = await sealRun(runDirectory, {
          final: true,
          waitMs,
          progress: (done, total) => progress(`sealing the recording, ${sayBytes(done)} of ${sayBytes(total)}`),
        });
        return did === "busy" ? ["another command is sealing the recording; it is complete when that ends"] : [];
      } catch (error) {
        return [
          `the recording could not be sealed (${(error as Error).message}); the next command that asks about it tries again`,
        ];
      }
    },
  };
}

function isWorthSealing(runDirectory: string): boolean {
  try {
    const { due } = planSealing(runDirectory, false);
    const sum = (complete: boolean): number =>
      due.filter((file) => file.complete === complete).reduce((bytes, file) => bytes + file.sizeBytes, 0);
    const limit = readManifest(runDirectory).settings?.sizeBytes ?? Infinity;
    return sum(true) >= worthSealingBytes || sum(false) >= limit * shareOfTheDead;
  } catch {
    // Told at the end, if it is still so.
    return false;
  }
}

async function sealFinished(runDirectory: string): Promise<void> {
  const { sealRun } = await loadStore();
  await sealRun(runDirectory, { final: false });
}

async function loadStore() {
  const [seal] = await Promise.all([import("../store/seal.ts"), import("../store/duckdb-client.ts")]);
  return seal;
}
