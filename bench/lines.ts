// A child process that answers every line written to it with one line of JSON.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface LineProcess extends AsyncDisposable {
  /** Writes a line and waits for the answer. Rejects when the process ends without one. */
  ask(line: string): Promise<unknown>;
  /** The end of what it wrote on standard error so far. */
  errors(): string;
  /** Sends it a signal; one that it is too late for is none. */
  signal(name: NodeJS.Signals): void;
  /** The next answer, without a question. */
  next(): Promise<unknown>;
}

export function startLineProcess(
  command: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string },
): LineProcess {
  const [file = "", ...words] = command;
  const child = spawn(file, words, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  // A process that has ended is told by `next`, with what it said.
  child.stdin.on("error", () => {});
  const closed = new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    let { value, done } = (await answers.next()) as { value?: string; done?: boolean };
    // Some tools print a line of their own.
    while (value !== undefined && !value.startsWith("{")) ({ value, done } = await answers.next());
    if (done === true || value === undefined) {
      throw new Error(`${command.slice(-2).join(" ")} ended (${await closed}) without an answer:\n${errors}`);
    }
    return JSON.parse(value);
  };
  return {
    next,
    errors: () => errors,
    signal: (name) => void child.kill(name),
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill("SIGCONT");
      // What a tracer still does at its end is not measured, and may take minutes.
      const patience = setTimeout(() => child.kill("SIGKILL"), 5000);
      await closed;
      clearTimeout(patience);
    },
  };
}
