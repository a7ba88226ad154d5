// Asks an operation on behalf of a door: finds the project, checks the input, and opens stores and closes them, or asks the daemon.
import type * as z from "zod";
import { findProject, type FoundProject } from "../project/find-project.ts";
import type { RunningDaemon } from "../live/daemon.ts";
import type { AnyOperation, Answer, Context, LiveContext, LiveOperation } from "./operation.ts";
import { Problem } from "../problem.ts";
import type { Store } from "../store/store.ts";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  progress(message: string): void;
  say(sentence: string): void;
  /** A daemon that answers, started if need be. */
  daemon(): Promise<RunningDaemon>;
}

export interface Question {
  readonly operation: AnyOperation;
  readonly input: unknown;
  /** What -c, or a tool's `project`, said. */
  readonly project: string | undefined;
  readonly needs: "recordings" | "directory";
}

/** Throws Problems for what the user can cause, `usage.invalid` among them. */
export async function ask(question: Question, surroundings: Surroundings): Promise<Answer<unknown>> {
  const { operation } = question;
  const input = checkInput(operation.input, question.input);
  const { project } = find(question, surroundings);
  if (operation.http !== undefined) {
    const [daemon, { askDaemon }] = await Promise.all([surroundings.daemon(), import("./ask-daemon.ts")]);
    // As it was given: the daemon parses it itself.
    return askDaemon({ operation, input: question.input, project }, daemon, surroundings.signal);
  }
  const stores: Store[] = [];
  const context: Context = {
    project,
    async openStore(run) {
      const { openStore } = await import("../store/open.ts");
      const store = await openStore(project, run, {
        signal: surroundings.signal,
        progress: surroundings.progress,
      });
      stores.push(store);
      return store;
    },
    progress: surroundings.progress,
    say: surroundings.say,
    signal: surroundings.signal,
    daemon: () => surroundings.daemon(),
  };
  try {
    return await operation.run(input, context);
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]();
  }
}

/** The same in the daemon. */
export async function askHere(
  operation: LiveOperation,
  input: unknown,
  context: LiveContext,
): Promise<Answer<unknown>> {
  return operation.run(checkInput(operation.input, input), context);
}

function find(question: Question, { cwd, env }: Surroundings): FoundProject {
  return findProject({
    cwd,
    env,
    named: question.project ?? (env["SPOOR_PROJECT"] || undefined),
    implicit: question.needs === "directory",
  });
}

/** Throws the Problem `usage.invalid`. */
export function checkInput(schema: z.ZodType, input: unknown): unknown {
  const checked = schema.safeParse(input);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new Problem({
    code: "usage.invalid",
    kind: "usage",
    says: `${field === "" ? "The input" : `"${field}"`} is not valid: ${lowerFirst(issue?.message ?? "unknown reason")}.`,
    tryNext: "see --help",
    context: { field },
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
