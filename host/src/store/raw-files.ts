// Spool files in the raw form (spec/raw.md), as the Node agent writes them: whether they are complete, and their decoding
// to the text that everything else reads. Decoding lets the loop turn between blocks, since it runs beside a program.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { EXIT, LAST, lastFlags, RAW_FORMAT, readFileHeader } from "@spoor/protocol/raw";
import { decoderOf } from "@spoor/protocol/raw-text";

/** The first line of a file's text; null if the beginning of the file does not hold it. */
export type RawFirstLine =
  | { readonly is: "line"; readonly text: string }
  | { readonly is: "format"; readonly format: string };

export function rawFirstLine(head: Uint8Array): RawFirstLine | null {
  const found = readFileHeader(head);
  if (found === null) return null;
  return found.format === RAW_FORMAT
    ? { is: "line", text: `${found.line}\n` }
    : { is: "format", format: `raw ${found.format}` };
}

export function rawEnd(tail: Uint8Array): { complete: boolean; exited: boolean } {
  const flags = lastFlags(tail);
  return { complete: (flags & LAST) !== 0, exited: (flags & EXIT) !== 0 };
}

/** Text is written in pieces of so many characters. */
const PIECE = 1 << 18;

/** Null if the file has vanished, or has no header. */
export async function decodeRawFile(
  from: string,
  to: string,
): Promise<{ truncated: boolean; sizeBytes: number } | null> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const decoder = decoderOf(bytes);
  if (decoder === null) return null;
  const file = openSync(to, "w", 0o600);
  let sizeBytes = 0;
  let text = "";
  const write = (): void => {
    const encoded = Buffer.from(text);
    for (let done = 0; done < encoded.length;) done += writeSync(file, encoded, done);
    sizeBytes += encoded.length;
    text = "";
  };
  try {
    for (;;) {
      const piece = decoder.next();
      if (piece.done === true) {
        write();
        return { truncated: piece.value.truncated, sizeBytes };
      }
      text += piece.value;
      if (text.length < PIECE) continue;
      write();
      await setImmediate();
    }
  } finally {
    closeSync(file);
  }
}
