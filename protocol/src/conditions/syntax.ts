// What a condition, an expression or a template is after parsing: plain JSON, sent to agents and evaluated there
// (spec/conditions.md). Arrays, because interpreters switch on the first element. `column` is 1-based, in the source text.

export type Literal = null | boolean | number | string;

export type Comparator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not";
export type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%";

export type Expression =
  | readonly ["value", Literal]
  /** A whole number that a double does not hold exactly, such as the id `1318692654371016704`. */
  | readonly ["integer", digits: string]
  | readonly ["name", name: string, column: number]
  | readonly ["member", of: Expression, name: string, column: number]
  | readonly ["item", of: Expression, key: Expression, column: number]
  | readonly ["list", items: readonly Expression[]]
  | readonly ["not", Expression]
  | readonly ["negative", Expression, column: number]
  | readonly ["and", Expression, Expression]
  | readonly ["or", Expression, Expression]
  /** `a < b <= c`: each operand is evaluated once, and the chain ends at the first comparison that does not hold. */
  | readonly ["compare", first: Expression, rest: readonly (readonly [Comparator, Expression, column: number])[]]
  | readonly ["arithmetic", Arithmetic, Expression, Expression, column: number]
  | readonly ["function", name: string, args: readonly Expression[], column: number]
  | readonly ["method", of: Expression, name: string, args: readonly Expression[], column: number];

/** Texts, and expressions with the source that they were written as. */
export type Template = readonly (string | { readonly text: string; readonly expression: Expression })[];
