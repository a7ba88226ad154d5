// Where the events of a process are kept: in the project that it belongs to, if that is a directory of this user on this
// machine, so that `spoor sql` finds them beside its recordings; else in the daemon's own directory.
import { createHash } from "node:crypto";
import { accessSync, constants, lstatSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";

export interface EventPlaces {
  /** Of a process with this root on this host. */
  of(process: { readonly root: string; readonly hostname: string }): string;
  readonly own: string;
}

/** Each daemon writes in a directory of its own: another user's may be about the same project. */
export function eventPlaces(ownDirectory: string, daemonDirectory: string): EventPlaces {
  const writer = createHash("sha256")
    .update(`${process.getuid?.() ?? 0} ${hostname()} ${daemonDirectory}`)
    .digest("hex")
    .slice(0, 8);
  const own = join(ownDirectory, writer);
  return {
    own,
    of(from) {
      if (from.hostname !== hostname() || !mayHoldProject(from.root)) return own;
      try {
        return makeIn(realpathSync(from.root), writer);
      } catch {
        // Read-only, or not ours.
        return own;
      }
    },
  };
}

/** A home or a root directory is where things are started, not what they belong to. */
function mayHoldProject(root: string): boolean {
  try {
    const stat = lstatSync(realpathSync(root));
    if (!stat.isDirectory() || dirname(root) === root) return false;
    if (lstatSync(join(root, ".spoor"), { throwIfNoEntry: false })?.isDirectory()) return true;
    const uid = process.getuid?.();
    return realpathSync(root) !== realpathSync(homedir()) && (uid === undefined || stat.uid === uid);
  } catch {
    return false;
  }
}

function makeIn(root: string, writer: string): string {
  const spoor = join(root, ".spoor");
  const directory = join(spoor, "live", writer);
  if (mkdirSync(spoor, { recursive: true, mode: 0o700 }) !== undefined) {
    writeFileSync(join(spoor, ".gitignore"), "*\n");
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  accessSync(directory, constants.W_OK);
  return directory;
}
