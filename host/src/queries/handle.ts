// Handles: short stable names of calls and exceptions that can be typed into the next command. `c42` is call 42 of
// process 1, `p2c42` of process 2; `e7` and `p2e7` are exceptions.

import { Problem } from "../problem.ts";

export interface CallKey {
  readonly process: number;
  readonly id: number;
}

export function callHandle(process: number, id: number): string {
  return process === 1 ? `c${id}` : `p${process}c${id}`;
}

export function exceptionHandle(process: number, id: number): string {
  return process === 1 ? `e${id}` : `p${process}e${id}`;
}

const callPattern = /^(?:p(\d+))?c(\d+)$/;

export function isCallHandle(text: string): boolean {
  return callPattern.test(text);
}

/** The call that a handle names; a Problem says how handles look. */
export function parseCallHandle(text: string): CallKey {
  const parts = callPattern.exec(text.trim());
  if (parts === null) {
    throw new Problem({
      code: "handle.invalid",
      kind: "usage",
      says: `"${text}" is not the handle of a call.`,
      tryNext: "Handles look like c42, or p2c42 for call 42 of process 2; `spoor calls <function>` shows them.",
      context: { handle: text },
    });
  }
  return { process: Number(parts[1] ?? 1), id: Number(parts[2]) };
}

/** The id in a handle that we made ourselves. */
export function exceptionId(handle: string): number {
  return Number(handle.slice(handle.lastIndexOf("e") + 1));
}
