// Where the daemon of this user keeps its files and sockets (spec/control.md, "Places"), and the checks that nobody else
// can reach them: the agents' and the user's own tools are trusted there without a token.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Problem } from "../problem.ts";

export interface DaemonPlaces {
  readonly directory: string;
  readonly socketDirectory: string;
  readonly agentsSocket: string;
  readonly daemonSocket: string;
  readonly daemonFile: string;
  readonly lock: string;
  readonly token: string;
  readonly probes: string;
  readonly counts: string;
  readonly projects: string;
  readonly sink: string;
  readonly sinkSecret: string;
  readonly log: string;
  /** Events of processes that have no project on this machine. */
  readonly events: string;
}

/** The address of a Unix socket holds about 104 bytes on macOS, 108 on Linux. */
const MOST_SOCKET_BYTES = 100;

/** Nothing is made or looked at. */
export function daemonPlaces(env: NodeJS.ProcessEnv): DaemonPlaces {
  const directory = resolve(env["SPOOR_DAEMON_DIR"] || join(stateDirectory(env), "spoor"));
  const isLong = Buffer.byteLength(join(directory, "daemon.sock")) > MOST_SOCKET_BYTES;
  const socketDirectory = isLong ? shortDirectory(directory) : directory;
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    socketDirectory,
    agentsSocket: join(socketDirectory, "agents.sock"),
    daemonSocket: join(socketDirectory, "daemon.sock"),
    daemonFile: at("daemon.json"),
    lock: at("daemon.lock"),
    token: at("token"),
    probes: at("probes.json"),
    counts: at("counts.json"),
    projects: at("live-projects.json"),
    sink: at("sink.json"),
    sinkSecret: at("sink-secret"),
    log: at("daemon.log"),
    events: at("live"),
  };
}

function stateDirectory(env: NodeJS.ProcessEnv): string {
  if (env["XDG_STATE_HOME"]) return env["XDG_STATE_HOME"];
  const home = env["HOME"] || homedir();
  return process.platform === "darwin" ? join(home, "Library/Application Support") : join(home, ".local/state");
}

function shortDirectory(directory: string): string {
  const digest = createHash("sha256").update(directory).digest("hex").slice(0, 8);
  // Not the directory for temporary files: agents may have another TMPDIR than we.
  const base = process.platform === "win32" ? tmpdir() : "/tmp";
  return join(base, `spoor-${process.getuid?.() ?? 0}-${digest}`);
}

/** Throws the Problem `daemon.directory` unless both directories exist, are this user's, and are nobody else's to enter. */
export function makeDaemonPlaces(places: DaemonPlaces): void {
  for (const directory of new Set([places.directory, places.socketDirectory])) makePrivate(directory);
}

function makePrivate(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw unusable(directory, `cannot be made: ${message}`);
  }
  checkPrivate(directory);
}

/** Throws the Problem `daemon.directory` for a directory that another user owns or may enter. */
export function checkPrivate(directory: string): void {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(directory, "does not exist");
  // A link could be turned to lead elsewhere by whoever owns it.
  if (!stat.isDirectory()) throw unusable(directory, "is no directory");
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid) throw unusable(directory, `belongs to user ${stat.uid}, not to you`);
  if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    throw unusable(directory, `may be entered by others (mode ${mode}); run: chmod 700 ${directory}`);
  }
}

function unusable(directory: string, why: string): Problem {
  return new Problem({
    code: "daemon.directory",
    kind: "environment",
    says: `The daemon's directory ${directory} ${why}.`,
    tryNext: "name a private directory of your own in SPOOR_DAEMON_DIR, for the daemon and the programs alike",
    context: { directory },
  });
}
