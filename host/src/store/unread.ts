// Spool files that cannot be read at all. Each becomes a row of `drops`, and the file is kept under another name: a
// newer Spoor may know its format.

import { SPOOL_FORMAT } from "@spoor/protocol/spool";
import type { SpoolFile } from "./spool-files.ts";

export interface Unread {
  readonly path: string;
  readonly why: "unknown_format" | "missing_header";
  /** A sentence for the user. */
  readonly note: string;
}

/** Null for a file that can be read, and for one in which nothing was written. */
export function unreadable(file: SpoolFile): Unread | null {
  const { first, name, path } = file;
  switch (first.is) {
    case "header":
    case "none":
      return null;
    case "unknown_format": {
      const note = `${name} has spool format ${first.format}; this Spoor knows format ${SPOOL_FORMAT}.`;
      return { path, why: "unknown_format", note };
    }
    case "no_header":
    case "unfinished":
      return { path, why: "missing_header", note: `${name} does not begin with a header; nothing of it was read.` };
  }
}
