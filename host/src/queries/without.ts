// A row without some of its columns: those that a query needed for itself and the answer does not show.

export function without<T extends object, Name extends keyof T>(row: T, ...names: readonly Name[]): Omit<T, Name> {
  const rest = { ...row };
  for (const name of names) delete rest[name];
  return rest;
}
