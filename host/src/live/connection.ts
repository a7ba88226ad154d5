// A connection to an agent, whatever carries it: whole messages in, whole messages out, and pressure both ways. Here over a
// Unix socket, where a message is a line.
import type { Socket } from "node:net";
import { maxMessageBytes } from "@spoor/protocol/control";

export interface ConnectionListener {
  /** One message without its newline; the bytes may be kept. */
  message(bytes: Buffer): void;
  /** The agent took what waited for it. */
  drained(): void;
  /** Once, whoever ended it. `tooLong`: the agent sent a message beyond the limit. */
  closed(why: "ended" | "tooLong"): void;
}

export interface Connection {
  /** What it comes over, for the log: `agents.sock`, an address. */
  readonly peer: string;
  /** Whether it comes from a process of this user on this machine: only then is the root that it names a directory to write to. */
  readonly isLocal: boolean;
  /** One message, without a newline in it. */
  send(text: string): void;
  /** Bytes sent that the agent has not taken yet. */
  waitingBytes(): number;
  /** No more messages are read until `resume`; what the agent sends then waits in its own process. */
  pause(): void;
  resume(): void;
  /** After what was sent. */
  close(): void;
  listen(listener: ConnectionListener): void;
}

/** How long a connection that we close may take to read our last words. */
const CLOSE_MS = 2000;

export function socketConnection(socket: Socket, peer: string): Connection {
  let listener: ConnectionListener | null = null;
  let partial: Buffer[] = [];
  let partialBytes = 0;
  let isOver = false;
  let isClosed = false;
  // Data is not lost in between: a socket without a listener for data is paused.
  const over = (why: "ended" | "tooLong"): void => {
    if (isOver) return;
    isOver = true;
    partial = [];
    listener?.closed(why);
  };
  const read = (chunk: Buffer): void => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const rest = chunk.subarray(from, end);
      const line = partialBytes === 0 ? rest : Buffer.concat([...partial, rest]);
      partial = [];
      partialBytes = 0;
      from = end + 1;
      if (line.length > maxMessageBytes) return tooLong();
      if (line.length > 0) listener?.message(line);
      // The listener may have closed it: nobody is to hear more.
      if (isClosed) return;
    }
    if (from === chunk.length) return;
    partial.push(from === 0 ? chunk : chunk.subarray(from));
    partialBytes += chunk.length - from;
    if (partialBytes > maxMessageBytes) tooLong();
  };
  const tooLong = (): void => {
    over("tooLong");
    close();
  };
  const close = (): void => {
    isClosed = true;
    socket.removeListener("data", read);
    // What still comes is thrown away, so that the end is seen.
    socket.resume();
    socket.end();
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  };
  socket.on("error", () => undefined);
  socket.on("close", () => over("ended"));
  socket.on("end", () => socket.end());
  socket.on("drain", () => listener?.drained());
  return {
    peer,
    isLocal: true,
    send(text) {
      if (!isOver && socket.writable) socket.write(`${text}\n`);
    },
    waitingBytes: () => socket.writableLength,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close,
    listen(given) {
      listener = given;
      socket.on("data", read);
    },
  };
}
