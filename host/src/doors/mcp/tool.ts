// One operation as one tool: schemas, annotations, and an answer that stands alone as text and as data.
import * as z from "zod";
import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import type { RunningDaemon } from "../../live/daemon.ts";
import type { About, AnyOperation, Answer, Style } from "../../operations/operation.ts";
import { Problem } from "../../problem.ts";
import { answerJson, answerText } from "../answer-text.ts";
import { ask } from "../../operations/ask.ts";

const defaultBudget = 2000;

const projectField = z
  .string()
  .optional()
  .describe("The project: its name or directory; else the one that the server was started in");
const budgetField = z
  .number()
  .int()
  .min(100)
  .optional()
  .describe("About how many tokens the text of the answer may have (default 2000)");

const about = z.looseObject({
  project: z.string(),
  runs: z.array(z.looseObject({ run: z.string() })),
  completeness: z.looseObject({}).nullable().describe("What the recordings saw and what they did not"),
  next: z.array(z.string()).describe("Commands worth running next, as a person would type them"),
}) satisfies z.ZodType<unknown, Partial<Record<keyof About, unknown>>>;

/** `calls.list` is the tool `calls_list`. */
export function toolName(operation: AnyOperation): string {
  return operation.name.replaceAll(".", "_");
}

export interface ToolOptions {
  /** What -c said. */
  readonly project: string | undefined;
  daemon(): Promise<RunningDaemon>;
}

export function addTool(server: McpServer, operation: AnyOperation, { project, daemon }: ToolOptions): void {
  const reads = operation.effect === "reads";
  // The operation checks its own input afterwards; here only the door's two fields are added to what is advertised.
  const own = operation.input as unknown as z.ZodObject;
  const inputSchema = own.extend({ project: projectField, budget: budgetField });
  server.registerTool(
    toolName(operation),
    {
      title: operation.summary,
      description: operation.description,
      inputSchema,
      outputSchema: z.object({ about, data: operation.data }),
      annotations: {
        title: operation.summary,
        readOnlyHint: reads,
        // A recorded program can do whatever it does without being recorded.
        destructiveHint: !reads,
        idempotentHint: reads,
        openWorldHint: !reads,
      },
    },
    async (given: Record<string, unknown>, context) => {
      try {
        const { project: named, ...input } = given;
        const answer = await ask(
          {
            operation,
            input: "budget" in own.shape ? input : withoutBudget(input),
            project: (named as string | undefined) ?? project,
            needs: reads && operation.http === undefined ? "recordings" : "directory",
          },
          {
            cwd: process.cwd(),
            env: process.env,
            signal: context.mcpReq.signal,
            progress: () => {},
            say: () => {},
            daemon,
          },
        );
        return success(operation, answer, (given["budget"] as number | undefined) ?? defaultBudget);
      } catch (error) {
        return failure(error);
      }
    },
  );
}

function withoutBudget(input: Record<string, unknown>): Record<string, unknown> {
  const { budget: _, ...rest } = input;
  return rest;
}

function success(operation: AnyOperation, answer: Answer<unknown>, budget: number): CallToolResult {
  const style: Style = { columns: 120, colour: false, budget };
  return {
    content: [{ type: "text", text: answerText(operation, answer, style) }],
    // Through JSON, so that what the client gets is what --json prints.
    structuredContent: JSON.parse(answerJson(answer)) as Record<string, unknown>,
  };
}

function failure(error: unknown): CallToolResult {
  const text =
    error instanceof Problem
      ? `${error.code}: ${error.message}\ntry: ${error.tryNext}`
      : `internal.error: this is a bug in Spoor: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return { isError: true, content: [{ type: "text", text }] };
}
