// Who asks for a property of ours, told from the stack. For what is asked rarely: drawing a stack takes microseconds.

/** The frames below the function that calls this, as V8 draws them; none where the program has made that impossible. */
export function framesBelow(): string[] {
  const drawn = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const limit = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  if (drawn?.configurable === false || limit?.writable !== true) return [];
  try {
    // The program's own way to draw stacks is put aside meanwhile: it is code of the program's.
    if (drawn) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    Error.stackTraceLimit = 4;
    return (new Error().stack ?? "").split("\n").slice(3);
  } finally {
    if (drawn) Object.defineProperty(Error, "prepareStackTrace", drawn);
    Object.defineProperty(Error, "stackTraceLimit", limit);
  }
}
