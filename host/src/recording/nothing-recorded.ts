// Why a run has no record at all, as far as it can be told: never a silent empty recording.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Core } from "../project/settings.ts";
import type { InjectedCommand } from "./injection.ts";
import type { NodeCommand } from "./node-command.ts";

export interface NothingRecorded {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly project: { readonly root: string };
  readonly settings: { readonly exclude: readonly string[]; readonly core: Core };
  readonly exitCode: number;
  readonly injected: InjectedCommand;
  /** Processes in which the agent was, though it recorded no call. */
  readonly processes: number;
  /** What the agents told of children that they could not follow. */
  readonly lost?: readonly string[];
}

const textIsNotRecorded = "Node runs the code of -e, -p and standard input unseen; give the program as a file";

function whyNoNode(node: NodeCommand, recordsNode: boolean): string[] {
  if (!recordsNode) return ["the Node agent is missing from this installation of Spoor (in a checkout: npm run build)"];
  if (node.isText) return [textIsNotRecorded];
  if (node.restricted !== null) {
    return [
      `${node.restricted} keeps the agent from its files: allow it to read and write (--allow-fs-read=*, --allow-fs-write=*), or leave it out`,
    ];
  }
  return [
    "the agent wrote nothing: this Node.js may be older than 20, may ignore NODE_OPTIONS (a single executable, a snapshot), or was replaced before it started",
    "see what happens here: spoor doctor",
  ];
}

/** Sentences, most likely reason first; never empty. */
export function whyNothing(run: NothingRecorded): string[] {
  const reasons: string[] = [];
  const python = run.injected.python;
  if (run.processes > 0) {
    reasons.push(...(run.lost ?? []));
    if (run.injected.node?.isText === true) reasons.push(textIsNotRecorded);
    reasons.push(
      `the program ran none of the project's own code (${run.project.root}); to record other code, name it: spoor run --include 'package.*' …`,
    );
    if (run.settings.exclude.length > 0) reasons.push(`--exclude left out: ${run.settings.exclude.join(", ")}`);
    return reasons;
  }
  if (run.settings.core === "native") {
    return ["--core native leaves unrecorded what has no native core (spoor doctor says why)"];
  }
  if (python?.options.form === "information") {
    return ["the interpreter only printed information about itself"];
  }
  if (python !== null && python.options.isolating.length > 0 && !run.injected.rewritten) {
    const flags = python.options.isolating.map((letter) => `-${letter}`).join(" ");
    reasons.push(
      `${flags} keeps the agent out of a program that is read from standard input; leave the flag out or give the program as a file`,
    );
  }
  const { node } = run.injected;
  if (node !== null) {
    reasons.push(...whyNoNode(node, run.injected.recordsNode));
  } else if (python === null) {
    reasons.push(
      `${run.command[0] ?? "the command"} is not visibly Python or Node.js; Spoor records the Python and Node.js programs that a command starts`,
      "it may have started Python with -I, -E or -S, or anything with a cleared environment or another NODE_OPTIONS (env -i, sudo, tox without passenv): record the inner command itself, such as spoor run python3 … or spoor run node …",
    );
  } else {
    reasons.push(
      "the agent wrote nothing: the interpreter may be older than Python 3.8, may not import sitecustomize, or was replaced before it started",
      `see what happens here: spoor doctor`,
    );
  }
  if (existsSync(join(run.cwd, "sitecustomize.py"))) {
    reasons.push("a sitecustomize.py in the working directory may hide the agent's");
  }
  if (run.exitCode === 126 || run.exitCode === 127) {
    reasons.unshift("the command failed before it ran any program (see its exit code)");
  }
  return reasons;
}
