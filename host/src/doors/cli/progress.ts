// One line on a terminal's standard error that says what takes so long; gone when the answer comes.

export interface Progress {
  /** An empty message takes the line away. */
  show(message: string): void;
  clear(): void;
}

/** Shown only when it lasts: a line that flashes by is worse than none. */
const afterMs = 300;

export function progressOn(stderr: NodeJS.WriteStream): Progress {
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  // From the first message on: before it, the time was the program's, or nobody's.
  let firstMs: number | null = null;
  let shown = false;
  let message = "";
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    stderr.write(`\r\u001b[2K${message.slice(0, Math.max(10, stderr.columns - 1))}`);
    shown = true;
  };
  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    firstMs = null;
    if (shown) stderr.write("\r\u001b[2K");
    shown = false;
  };
  return {
    clear,
    show(next) {
      if (next === "") return clear();
      message = `spoor: ${next} …`;
      firstMs ??= performance.now();
      if (performance.now() - firstMs > afterMs) draw();
      else timer ??= setTimeout(draw, afterMs).unref();
    },
  };
}
