// Processes that send events to a daemon at a rate (agent.cjs), started and ended together.
import { spawn } from "node:child_process";
import { join } from "node:path";

export interface Sent {
  readonly id: string;
  /** Events that it sent until they were stored, numbered from 1. */
  readonly made: number;
  /** Events that found its outbox full. */
  readonly dropped: number;
  readonly connections: number;
  /** For which it made events. */
  readonly seconds: number;
}

export interface Load {
  /** No more events; what each sent, once all of it is stored. */
  end(): Promise<readonly Sent[]>;
  kill(): void;
}

export interface LoadOptions {
  readonly socket: string;
  readonly root: string;
  readonly processes: number;
  /** Of each process. */
  readonly perSecond: number;
  readonly characters: number;
}

export function startLoad({ socket, root, processes, perSecond, characters }: LoadOptions): Load {
  const children = Array.from({ length: processes }, () => {
    const args = [join(import.meta.dirname, "agent.cjs"), socket, root, String(perSecond), String(characters)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise<Sent>((resolve, reject) => {
      child.once("close", () => {
        const last = said.trimEnd().split("\n").at(-1) ?? "";
        if (last.startsWith("{")) resolve(JSON.parse(last) as Sent);
        else reject(new Error(`an agent ended after saying ${said}`));
      });
    });
    ended.catch(() => undefined);
    return { child, ended };
  });
  return {
    async end() {
      for (const { child } of children) child.kill("SIGTERM");
      return Promise.all(children.map(({ ended }) => ended));
    },
    kill() {
      for (const { child } of children) child.kill("SIGKILL");
    },
  };
}
