// The MCP door: every question, and `run`, as tools on standard input and output. Standard output carries the protocol
// and nothing else.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { modelOperations } from "../../operations/groups.ts";
import { version } from "../../project/version.ts";
import { addTool, type ToolOptions } from "./tool.ts";

const instructions = `Spoor records what Python programs really did and answers questions about it.
Record with run (or the user does, with \`spoor run\`); then start with report_show, and ask on with the handles that answers give (c42 is a call, e7 an exception).
Ask a live process with tracepoints_add, logpoints_add or metrics_add, then events_list; processes_list has those that can be asked.
Every answer ends with a line that says what the recording saw and what it did not: believe "never called" only where an answer says it is proven.`;

/** Serves until standard input ends. */
export async function serveMcp(options: ToolOptions): Promise<void> {
  // Whatever prints by way of console would break the protocol.
  for (const method of ["log", "info", "debug"] as const) console[method] = console.error.bind(console);
  const handle = serveStdio(() => {
    const server = new McpServer({ name: "spoor", version: version() }, { capabilities: { tools: {} }, instructions });
    for (const operation of modelOperations) addTool(server, operation, options);
    return server;
  });
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  await handle.close();
}
