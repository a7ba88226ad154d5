// A load generator: clients that ask one after the other, mostly over connections that are kept, and look at every answer.
import { Agent, request } from "node:http";

export interface Load {
  /** Asks until then, and resolves with what became of it. */
  stop(): Promise<LoadReport>;
  /** Answers so far. */
  readonly answered: () => number;
}

export interface LoadReport {
  readonly answered: number;
  /** What was wrong, in words; at most twenty. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  /** Of the server's processes that answered. */
  readonly pids: readonly number[];
}

/** Asks for `/1`, `/2`, … up to 200 and again, and for what the paths say in front of it. */
export function startLoad(port: number, clients: number, prefixes: readonly string[] = [""]): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const pids = new Set<number>();
  const failures: string[] = [];
  let answered = 0;
  let slowestMs = 0;
  let next = 0;
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const user = (next++ % 200) + 1;
      const started = performance.now();
      try {
        // A new connection now and then: those that are kept stay with the worker that they met first.
        const { status, text } = await get(
          next % 10 === 0 ? false : agent,
          port,
          `${prefixes[next % prefixes.length] ?? ""}/${user}`,
        );
        const found = /^(\d+) owes (\d+) to (\d+)\n$/.exec(text);
        if (status !== 200 || Number(found?.[1]) !== user || Number(found?.[2]) !== 3 * user) {
          failures.push(`${status}: ${text.slice(0, 200)}`);
        } else pids.add(Number(found?.[3]));
      } catch (error) {
        failures.push((error as Error).message);
      }
      answered++;
      slowestMs = Math.max(slowestMs, performance.now() - started);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    answered: () => answered,
    async stop() {
      over.abort();
      await running;
      agent.destroy();
      return { answered, failures: failures.slice(0, 20), slowestMs, pids: [...pids].sort((a, b) => a - b) };
    },
  };
}

function get(agent: Agent | false, port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
