// Runs in the thread of `module.register` (Node 20, once the program has registered hooks of its own, as tsx does): what these
// made of a module is sent to the main thread, which knows how functions are numbered, and comes back with the inserts.
import type { MessagePort } from "node:worker_threads";

interface LoadContext {
  readonly format?: string | null;
}

interface Loaded {
  readonly format?: string | null;
  readonly source?: string | ArrayBuffer | Uint8Array | null;
}

/** A text that is to be instrumented; the answer has the same number, and null for a text that stays. */
export interface Question {
  readonly is: "question";
  readonly number: number;
  readonly url: string;
  readonly format: "commonjs" | "module";
  readonly text: string;
}

/** No answer came in time: the module is loaded as it is. */
export interface Missed {
  readonly is: "missed";
  readonly url: string;
}

export interface Reply {
  readonly number: number;
  readonly text: string | null;
}

/** The main thread may be waiting for this one, and then cannot answer. While it answers others, it is only slow. */
const patienceMs = 2000;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(text: string | null): void;
}

let port: MessagePort | null = null;
const waiting = new Map<number, Waiting>();
let numbers = 0;

export function initialize(data: { readonly port: MessagePort }): void {
  port = data.port;
  port.on("message", ({ number, text }: Reply) => {
    waiting.get(number)?.resolve(text);
    waiting.delete(number);
    for (const { timer } of waiting.values()) timer.refresh();
  });
  port.unref();
}

export async function load(
  url: string,
  context: LoadContext,
  next: (url: string, context: LoadContext) => Promise<Loaded>,
): Promise<Loaded> {
  const result = await next(url, context);
  const { format, source } = result;
  if (!url.startsWith("file:") || source === null || source === undefined) return result;
  if (format !== "module" && format !== "commonjs") return result;
  const text = typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
  const made = await ask(url, format, text);
  return made === null ? result : { ...result, source: made };
}

function ask(url: string, format: Question["format"], text: string): Promise<string | null> {
  return new Promise((resolve) => {
    if (port === null) return resolve(null);
    const number = ++numbers;
    const timer = setTimeout(() => {
      waiting.delete(number);
      tell({ is: "missed", url });
      resolve(null);
    }, patienceMs);
    waiting.set(number, {
      timer,
      resolve: (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
    });
    tell({ is: "question", number, url, format, text });
  });
}

function tell(message: Question | Missed): void {
  port?.postMessage(message);
}
