// What each colour means, said once: handles, names, errors and asides look the same in every answer.
// Without colour every function gives its text back, so that views need not ask.

import picocolors from "picocolors";
import type { Style } from "../operations/operation.ts";

export interface Paint {
  /** Handles that can be typed into the next command: `c42`. */
  handle(text: string): string;
  /** Names of functions. */
  name(text: string): string;
  /** Headings of parts of an answer. */
  heading(text: string): string;
  /** What can be skipped at first reading: places, labels, lines of a tree. */
  aside(text: string): string;
  /** Exceptions and bad ends. */
  bad(text: string): string;
  /** What was not seen, folded or cut. */
  missing(text: string): string;
  /** Commands to type. */
  command(text: string): string;
}

export function paint(style: Style): Paint {
  const colours = picocolors.createColors(style.colour);
  return {
    handle: colours.cyan,
    name: colours.bold,
    heading: (text) => colours.bold(colours.underline(text)),
    aside: colours.dim,
    bad: colours.red,
    missing: colours.yellow,
    command: colours.green,
  };
}
