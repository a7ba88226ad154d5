// `spoor daemon`: starts, stops and asks after the process that holds the probes. It starts by itself where a command needs it.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { DaemonLifecycle, DaemonOptions, Listen, RunningDaemon } from "../../live/daemon.ts";
import { Problem } from "../../problem.ts";
import { toTheSecond } from "../../views/clock.ts";

/** For the reference. */
export const daemonText = [
  "`spoor daemon` runs the daemon in the foreground; `spoor daemon start`, `stop`, `restart` and `status` are about one in the background, and `spoor daemon token` prints the token. " +
    "It starts by itself where a command needs it, and is one per user (`SPOOR_DAEMON_DIR` names another directory for its files and sockets).",
  "| | |\n|---|---|\n" +
    "| `--listen <host:port>` | where it serves HTTP (default 127.0.0.1:5001; port 0 is any that is free); beyond this machine only with TLS |\n" +
    "| `--tls-cert <file>`, `--tls-key <file>` | certificate and key, PEM; clients may call it by the names in the certificate |\n" +
    "| `--name <name>` | another name by which it may be called, of a reverse proxy for instance (repeatable); every request over TCP then needs the token |\n" +
    "| `--sink <url>` | forwards every event there, too |",
].join("\n\n");

interface Given {
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly name?: readonly string[];
  readonly sink?: string;
}

export function addDaemonCommands(
  program: Command,
  commandAt: (path: string) => Command,
  { daemon }: { daemon(): Promise<DaemonLifecycle> },
): void {
  const say = (running: RunningDaemon | null, verb: string): void => {
    const json = program.opts()["json"] === true;
    process.stdout.write(json ? `${JSON.stringify(running, null, 2)}\n` : `${sayDaemon(running, verb)}\n`);
  };
  withOptions(commandAt("daemon"))
    .summary("Run the daemon, which holds probes and collects events; start, stop, restart, status, token, health")
    .description(
      "Runs the daemon in the foreground. It holds the probes, sends them to live processes and collects their events. It starts in the background by itself where a command needs it.",
    )
    .action(async (given: Given) => {
      const ended = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
      await (await daemon()).serve(optionsOf(given), ended.signal, (running) => say(running, "runs"));
    });
  withOptions(commandAt("daemon start"))
    .summary("Start it in the background")
    .description(
      "Starts the daemon in the background. One that runs already keeps its options: restart it to change them.",
    )
    .action(async (given: Given) => {
      const options = optionsOf(given);
      const { daemon: running, started } = await (await daemon()).start(options);
      say(running, started ? "started" : "runs already");
      if (!started && (options.listen !== null || options.sink !== null)) {
        process.stderr.write("spoor: it keeps the options that it was started with: spoor daemon restart …\n");
      }
    });
  commandAt("daemon stop")
    .summary("Stop it; probes are kept, and taken out of all processes")
    .description("Stops the daemon. Its probes are kept for its next start; processes take them out until then.")
    .action(async () => say(await (await daemon()).stop(), "stopped"));
  withOptions(commandAt("daemon restart"))
    .summary("Stop it and start it again")
    .description("Stops the daemon, if one runs, and starts one with these options.")
    .action(async (given: Given) => {
      const options = optionsOf(given);
      const lifecycle = await daemon();
      await lifecycle.stop();
      say((await lifecycle.start(options)).daemon, "started");
    });
  commandAt("daemon status")
    .summary("Whether it runs, and where")
    .description("Says whether a daemon runs, since when, and where it listens. Exit code 1 if none does.")
    .action(async () => {
      const running = await (await daemon()).status();
      say(running, "runs");
      if (running === null) process.exitCode = 1;
    });
  commandAt("daemon token")
    .summary("Print the token that requests over TCP can need")
    .description('Prints the token: curl -H "Authorization: Bearer $(spoor daemon token)" …')
    .action(async () => {
      const { directory } = await (await daemon()).ensure();
      process.stdout.write(`${readFileSync(join(directory, "token"), "utf8").trim()}\n`);
    });
}

function withOptions(command: Command): Command {
  return command
    .option("--listen <host:port>", "where to serve HTTP (default 127.0.0.1:5001); beyond this machine only with TLS")
    .option("--tls-cert <file>", "certificate, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option(
      "--name <name>",
      "another name by which it may be called (repeatable)",
      (name: string, before: string[] | undefined) => [...(before ?? []), name],
    )
    .option("--sink <url>", "forward every event there, too");
}

function optionsOf(given: Given): DaemonOptions {
  return { listen: listenOf(given), sink: given.sink === undefined ? null : { url: sinkUrl(given.sink) } };
}

function listenOf({ listen, tlsCert, tlsKey, name = [] }: Given): Listen | null {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw invalid("--tls-cert and --tls-key go together.");
  if (listen === undefined && tlsCert === undefined && name.length === 0) return null;
  const tls = tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(tlsCert), key: resolve(tlsKey) };
  return { ...addressOf(listen ?? "127.0.0.1:5001"), tls, names: name };
}

/** `HOST:PORT`, `[::1]:PORT` or a port of this machine. */
function addressOf(text: string): { host: string; port: number } {
  const [, ipv6, name, digits = ""] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = ipv6 ?? name ?? "127.0.0.1";
  const port = Number(digits);
  if (digits === "" || port > 65535) throw invalid(`"${text}" is not HOST:PORT.`);
  return { host, port };
}

function sinkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(`"${text}" is not an address of HTTP.`);
  return text;
}

function invalid(says: string): Problem {
  return new Problem({ code: "usage.invalid", kind: "usage", says, tryNext: "spoor daemon --help" });
}

function sayDaemon(running: RunningDaemon | null, verb: string): string {
  if (running === null) return "no daemon runs";
  const { http, pid, version, directory, startedAt } = running;
  const where =
    http === null ? "no HTTP" : `http://${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`;
  return `daemon ${verb}: process ${pid}, spoor ${version}, ${where}, since ${toTheSecond(startedAt, new Date())}, files in ${directory}`;
}
