// Where something is in the sources, and what it is called.

/** `shop/cart.py:12`; the file alone without a line; empty without a file. */
export function place(file: string | null, line: number | null): string {
  if (file === null || file === "") return "";
  const shown = shortFile(file);
  return line === null ? shown : `${shown}:${line}`;
}

/** A file as a reader knows it: what an interpreter's library or an installed package calls it, without where it lies. */
export function shortFile(file: string): string {
  return (
    /(?:^|\/)(?:site-packages|dist-packages)\/(.+)$/.exec(file)?.[1] ??
    /\/lib\/python\d[^/]*\/(.+)$/.exec(file)?.[1] ??
    file
  );
}

/** `shop.cart.Cart.total`. */
export function dotted(named: { readonly module: string; readonly function: string }): string {
  return named.module === "" ? named.function : `${named.module}.${named.function}`;
}

/** The qualified name alone, the module's own name for its body, and `class Cart` for the body of a class. */
export function shortName(named: {
  readonly module: string;
  readonly function: string;
  readonly kind?: string;
}): string {
  if (named.kind === "class") return `class ${named.function}`;
  return named.function === "<module>" ? `module ${named.module}` : named.function;
}
