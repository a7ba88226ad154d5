// Goes on with an answer, as `spoor hits --follow` does: server-sent events over the daemon's own socket, drawn or as one line of JSON
// each. A daemon that ends is asked again; what came meanwhile is shown then. It ends when it is interrupted.
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningDaemon } from "../../live/daemon.ts";
import { unreachable } from "../../operations/ask-daemon.ts";
import type { Answer, Follow, Style } from "../../operations/operation.ts";
import { visibleJson } from "../../views/visible.ts";

export interface Following {
  readonly more: Follow<never>;
  readonly input: Readonly<Record<string, unknown>>;
  readonly given: Answer<unknown>;
  daemon(): Promise<RunningDaemon>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Null: JSON. */
  readonly style: Style | null;
}

const againMs = 1000;

export async function goOn({ more, input, given, daemon, stdout, stderr, style }: Following): Promise<never> {
  const write = async (text: string): Promise<void> => {
    // Who cannot read on is waited for; the daemon counts what passes meanwhile.
    if (!stdout.write(`${text}\n`)) await once(stdout, "drain");
  };
  const show = (item: unknown): Promise<void> =>
    write(style === null ? visibleJson(JSON.stringify(item)) : more.text(item, style));
  const start = more.start(given.data as never);
  let { after } = start;
  if (style === null) for (const item of start.items) await show(item);
  const query = new URLSearchParams();
  for (const name of more.fields) {
    const value = input[name];
    if (typeof value === "string" || typeof value === "number") query.set(name, String(value));
  }
  for (;;) {
    try {
      const { socket } = await daemon();
      for await (const { id, data } of eventsOf(await opened(socket, `${more.path}?${String(query)}`, after))) {
        if (id !== null) after = id;
        await show(JSON.parse(data));
      }
      stderr.write("spoor: the daemon has ended the stream; asking again\n");
    } catch (error) {
      stderr.write(`spoor: ${error instanceof Error ? error.message : String(error)} Asking again.\n`);
    }
    await sleep(againMs);
  }
}

async function opened(socketPath: string, path: string, after: string): Promise<IncomingMessage> {
  const asked = request({ socketPath, path, agent: false, headers: { "last-event-id": after } });
  asked.end();
  try {
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    if (response.statusCode === 200) return response;
    response.resume();
    throw new Error(`it answers ${String(response.statusCode)}`);
  } catch (error) {
    throw unreachable(socketPath, error as Error);
  }
}

interface ServerSent {
  readonly id: string | null;
  readonly data: string;
}

/** As our daemon writes them: one line of data each. */
async function* eventsOf(response: IncomingMessage): AsyncGenerator<ServerSent> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response as AsyncIterable<string>) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      const data = fields.get("data");
      if (data !== undefined) yield { id: fields.get("id") ?? null, data };
    }
  }
}
