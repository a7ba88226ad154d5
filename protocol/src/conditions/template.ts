// The messages of logpoints: text with expressions in braces, `user {user.id} has {len(items)} items`. `{{` and `}}` are
// braces of the text.
import { caught, Wrong } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { checkLength, expressionInside } from "./parse.ts";
import type { Template } from "./syntax.ts";

export function parseTemplate(text: string): Template | Fault {
  return caught(text, () => {
    checkLength(text);
    const pieces: Template[number][] = [];
    let plain = "";
    let at = 0;
    while (at < text.length) {
      const char = text[at];
      if (char !== "{" && char !== "}") {
        plain += char;
        at += 1;
      } else if (text[at + 1] === char) {
        plain += char;
        at += 2;
      } else if (char === "}") {
        throw new Wrong(at, "a `}` of the text is written `}}`");
      } else {
        const { expression, end } = expressionInside(text, at + 1);
        if (text[end] !== "}")
          throw new Wrong(at, "this brace is not closed by `}`; a brace of the text is written `{{`");
        if (plain !== "") pieces.push(plain);
        plain = "";
        pieces.push({ text: text.slice(at + 1, end).trim(), expression });
        at = end + 1;
      }
    }
    if (plain !== "") pieces.push(plain);
    return pieces;
  });
}
