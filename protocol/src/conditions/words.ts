// The functions and methods that conditions know, their other spellings, and how many arguments they take. Each is pure
// and runs nothing of the program; what they do is in spec/conditions.md.

interface Word {
  /** What stands in the syntax. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

const many = 32;

function word(name: string, least: number, most = least): Word {
  return { name, least, most };
}

export const functions: ReadonlyMap<string, Word> = new Map([
  ["abs", word("abs", 1)],
  ["bool", word("bool", 1)],
  ["float", word("float", 1)],
  ["int", word("int", 1)],
  ["len", word("len", 1)],
  ["max", word("max", 1, many)],
  ["min", word("min", 1, many)],
  ["str", word("str", 1)],
  ["sum", word("sum", 1)],
  ["type", word("type", 1)],
  ["Boolean", word("bool", 1)],
  ["Number", word("float", 1)],
  ["String", word("str", 1)],
  ["parseFloat", word("float", 1)],
  ["parseInt", word("int", 1)],
]);

/** `contains` is written as `in` in the syntax. */
export const methods: ReadonlyMap<string, Word> = new Map([
  ["contains", word("contains", 1)],
  ["endswith", word("endswith", 1)],
  ["get", word("get", 1, 2)],
  ["lower", word("lower", 0)],
  ["startswith", word("startswith", 1)],
  ["strip", word("strip", 0)],
  ["upper", word("upper", 0)],
  ["endsWith", word("endswith", 1)],
  ["has", word("contains", 1)],
  ["includes", word("contains", 1)],
  ["startsWith", word("startswith", 1)],
  ["toLowerCase", word("lower", 0)],
  ["toUpperCase", word("upper", 0)],
  ["trim", word("strip", 0)],
]);

export const literals: ReadonlyMap<string, null | boolean> = new Map([
  ["None", null],
  ["null", null],
  ["undefined", null],
  ["True", true],
  ["true", true],
  ["False", false],
  ["false", false],
]);

/** Words that cannot be names, and what to say of those that mean something in other languages only. */
export const reserved: ReadonlyMap<string, string> = new Map([
  ...["and", "or", "not", "in", "is"].map((name): [string, string] => [name, ""]),
  ["if", "there is no `if`; a condition is one expression, joined by `and` and `or`"],
  ["else", "there is no `else`; a condition is one expression, joined by `and` and `or`"],
  ["for", "there are no loops or comprehensions"],
  ["lambda", "there are no functions of your own"],
  ["function", "there are no functions of your own"],
  ["await", "there is no `await`: nothing of the program is run"],
  ["yield", "there is no `yield`: nothing of the program is run"],
  ["new", "there is no `new`: nothing of the program is run"],
  ["typeof", "there is no `typeof`; write `type(x) == '…'`"],
  ["instanceof", "there is no `instanceof`; write `type(x) == '…'`"],
]);

/** The known word that was probably meant, or null. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  const wanted = name.slice(0, 32).toLowerCase();
  for (const candidate of known) {
    const away = distance(wanted, candidate.toLowerCase());
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  return best;
}

/** How many letters have to be put in, taken out, replaced, or swapped with their neighbour. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let away = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        away = Math.min(away, (before[j - 2] ?? 0) + 1);
      }
      next.push(away);
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
