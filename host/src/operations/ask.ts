// Asks an operation on behalf of a door: finds the project, checks the input, opens stores and closes them.
import type * as z from "zod";
import { findProject, type FoundProject } from "../project/find-project.ts";
import type { Answer, Context, Operation } from "./operation.ts";
import { Problem } from "../problem.ts";
import type { Store } from "../store/store.ts";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  progress(message: string): void;
}

export interface Question {
  readonly operation: Operation;
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
    signal: surroundings.signal,
  };
  try {
    return await operation.run(input, context);
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]();
  }
}

function find(question: Question, { cwd, env }: Surroundings): FoundProject {
  return findProject({
    cwd,
    env,
    named: question.project ?? (env["SPOOR_PROJECT"] || undefined),
    implicit: question.needs === "directory",
  });
}

function checkInput(schema: z.ZodType, input: unknown): unknown {
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
