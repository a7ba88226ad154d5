// Renders all that the specification of CommonMark holds with marked, in every way that marked can be asked to, and prints it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Lexer, Marked, Parser, Renderer, Tokenizer, TextRenderer, marked, walkTokens } from "marked";

const require = createRequire(import.meta.url);
const { tests, text } = require("commonmark-spec");

let same = 0;
for (const options of [{ gfm: false }, { gfm: true, breaks: true }, { pedantic: true, gfm: false }]) {
  const own = new Marked(options);
  for (const { markdown, html, number, section } of tests) {
    const made = own.parse(markdown);
    if (made === html) same++;
    else console.log(section, number, JSON.stringify(made));
  }
}
console.log(same, "as specified");
console.log(marked.parse(text).length, marked.parseInline("*a* `b`"), new TextRenderer().strong({ text: "t" }));

const spoiler = {
  name: "spoiler",
  level: "inline",
  start: (source) => source.indexOf("||"),
  tokenizer(source) {
    const found = /^\|\|([^|]+)\|\|/.exec(source);
    return found ? { type: "spoiler", raw: found[0], tokens: this.lexer.inlineTokens(found[1]) } : undefined;
  },
  renderer(token) {
    return `<s>${this.parser.parseInline(token.tokens)}</s>`;
  },
};

class Shouting extends Renderer {
  #shouted = 0;
  heading({ tokens, depth }) {
    this.#shouted++;
    return `<h${depth} n="${this.#shouted}">${this.parser.parseInline(tokens).toUpperCase()}</h${depth}>\n`;
  }
}

class Careful extends Tokenizer {
  codespan(source) {
    return source.startsWith("``") ? undefined : super.codespan(source);
  }
}

const seen = new Map();
const extended = new Marked({
  async: true,
  renderer: new Shouting(),
  tokenizer: new Careful(),
  async walkTokens(token) {
    await null;
    seen.set(token.type, (seen.get(token.type) ?? 0) + 1);
    if (token.type === "link") token.href = new URL(token.href, "http://example.com/a/").href;
  },
  extensions: [spoiler],
  hooks: { preprocess: (source) => source.replace(/^---\n[^]*?---\n/, ""), postprocess: (html) => html.trimEnd() },
});
console.log(await extended.parse("---\nx\n---\n# A ||b *c*|| [l](m)\n\n| a | b |\n|---|:-:|\n| 1 | `2` |\n\n- [x] done\n- [ ] not\n"));
console.log(await Promise.all(["# one", "## two ||x||", "``a``"].map((source) => extended.parse(source))));
console.log([...seen].sort().join(" "));

const tokens = new Lexer().lex("> quote\n>\n> 1. a\n> 2. b\n\n***\n<b>html</b>\n");
walkTokens.call(marked, tokens, ({ type }) => process.stdout.write(`${type} `));
console.log(Parser.parse(tokens));
for (const wrong of [null, 5, Symbol("x")]) {
  try {
    marked.parse(wrong);
  } catch (error) {
    console.log(error.message.split("\n")[0]);
  }
}
console.log(new Marked({ silent: true }).parse(undefined), readFileSync(new URL(import.meta.url)).length > 0);
