// Calls what Node warns of, without the warning: it is ours to know, and not the program's.

export function silently<T>(work: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning");
  if (own?.configurable !== true) return work();
  try {
    Object.defineProperty(process, "emitWarning", { ...own, value: () => undefined });
    return work();
  } finally {
    Object.defineProperty(process, "emitWarning", own);
  }
}
