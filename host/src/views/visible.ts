// Text of strangers (names of files, tags, messages of logpoints) made harmless for a terminal: what it could obey, or what turns
// the order of letters around, is shown as an escape instead.

// C0 and C1 controls, DEL, marks of direction, line and paragraph separators, and what has no width.
const controls =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- they are what this is about
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** On one line: `\n` and `\t` are escaped too. */
export function visible(text: string): string {
  return text.replaceAll(controls, (character) => {
    switch (character) {
      case "\n":
        return "\\n";
      case "\t":
        return "\\t";
      default: {
        const code = character.charCodeAt(0);
        return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
      }
    }
  });
}

/** JSON text with the same characters as escapes of JSON: it means the same, and a terminal obeys none of it. */
export function visibleJson(json: string): string {
  return json.replaceAll(controls, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
