// Patterns of modules and functions as users write them, as regular expressions for SQL.

/** A pattern of modules as a regular expression for SQL: `*` any text, `?` one character; `shop.*` matches `shop` too. */
export function modulePattern(pattern: string): string {
  const package_ = pattern.endsWith(".*") ? pattern.slice(0, -2) : null;
  return package_ === null ? `^${globToRegex(pattern)}$` : `^${globToRegex(package_)}(\\..*)?$`;
}

export function globToRegex(glob: string): string {
  return glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}
