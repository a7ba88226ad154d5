// A file system of its own in memory, for what happens when a disk is full.
import { execFileSync } from "node:child_process";

export interface SmallDisk extends Disposable {
  /** Why there is none; the test is skipped then. */
  readonly unavailable: string | null;
  /** Makes room. */
  grow(): void;
}

/** A file system of its own in memory at this path, which takes root. */
export function smallDisk(path: string, sizeKiB: number): SmallDisk {
  const run = (file: string, ...args: string[]): void => void execFileSync(file, args, { stdio: "pipe" });
  try {
    run("mount", "-t", "tmpfs", "-o", `size=${sizeKiB}k,mode=700`, "spoor-test", path);
  } catch (error) {
    const unavailable = `no small disk can be mounted here: ${(error as Error).message}`;
    return { unavailable, grow: () => undefined, [Symbol.dispose]: () => undefined };
  }
  return {
    unavailable: null,
    grow: () => run("mount", "-o", "remount,size=256m", path),
    // Lazily: a process that was killed a moment ago may still have files there.
    [Symbol.dispose]: () => run("umount", "-l", path),
  };
}
