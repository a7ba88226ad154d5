// Text made to fit: cut with an ellipsis, padded, wrapped, all by the columns it takes on a terminal and not by its
// length, so that wide characters do not break a table. Text comes in unpainted; colour is put on afterwards.

import stringWidth from "string-width";

const ascii = /^[\x20-\x7e]*$/;

/** How many columns a text takes. */
export function width(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** The text in at most `columns`, cut at its end with `…`. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? "…" : "";
  return `${headOf(text, columns - 1)}…`;
}

/** The text in at most `columns`, cut at its start: for names and paths, whose end says most. */
export function cutStart(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? "…" : "";
  let tail = "";
  let used = 0;
  for (const character of characters(text).toReversed()) {
    used += width(character);
    if (used > columns - 1) break;
    tail = character + tail;
  }
  return `…${tail}`;
}

function headOf(text: string, columns: number): string {
  if (ascii.test(text)) return text.slice(0, columns);
  let head = "";
  let used = 0;
  for (const character of characters(text)) {
    used += width(character);
    if (used > columns) break;
    head += character;
  }
  return head;
}

/** What a person sees as one character: an accent or a joined emoji belongs to what it follows. */
function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

const segmenter = new Intl.Segmenter();

export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, columns - width(text)));
  return align === "left" ? text + spaces : spaces + text;
}

/** `left` and `right` on one line of `columns`; the left text is cut where both do not fit. */
export function spread(left: string, right: string, columns: number): string {
  if (right === "") return cut(left, columns);
  const room = Math.max(0, columns - width(right) - 2);
  return `${pad(cut(left, room), room)}  ${right}`;
}

/** Text broken at spaces into lines of at most `columns`; later lines start with `indent`. */
export function wrap(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line.trim() !== "" && width(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  if (line.trim() !== "") lines.push(line);
  return lines;
}
