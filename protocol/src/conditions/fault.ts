// What is wrong with the text of a condition or template, and where. Thrown inside this folder only: whoever asks for a
// parse gets the fault as its result.

export interface Fault {
  /** 1-based, in characters (code points) of the whole text. */
  readonly column: number;
  /** One sentence, without a full stop, that says what to write instead if that is known. */
  readonly says: string;
}

export class Wrong extends Error {
  readonly at: number;

  constructor(at: number, says: string) {
    super(says);
    this.at = at;
  }
}

/** The column of an index of UTF-16 units. */
export function columnAt(text: string, at: number): number {
  let column = 1;
  for (let index = 0; index < at && index < text.length; column++) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return column;
}

export function isFault(result: object): result is Fault {
  return "says" in result;
}

/** The result of parsing, or the fault that ended it. */
export function caught<Result>(text: string, parse: () => Result): Result | Fault {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Wrong) return { column: columnAt(text, error.at), says: error.message };
    throw error;
  }
}
