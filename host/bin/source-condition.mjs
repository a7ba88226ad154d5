// A Node module hook, used in a source checkout only: adds the export condition under which the workspaces resolve to
// their TypeScript. `node --conditions` does the same, but only for a process that has not started yet.
export function resolve(specifier, context, next) {
  return next(specifier, { ...context, conditions: [...context.conditions, "spoor-source"] });
}
