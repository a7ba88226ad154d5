// What stands in NODE_OPTIONS of a recorded program. The agent takes it out again before the program looks, and knows it by
// this very form (agents/node/src/loading/environment.ts).

/** NODE_OPTIONS with the agent in front of what the user has there. */
export function nodeOptionsWith(register: string, options: string | undefined): string {
  const ours = requireOption(register);
  const others = (options ?? "").replace(ours, "").trim();
  return others === "" ? ours : `${ours} ${others}`;
}

/** Node splits NODE_OPTIONS at spaces; double quotes hold a path together, and a backslash goes before what they hold. */
function requireOption(register: string): string {
  return `--require ${/[\s"\\]/.test(register) ? `"${register.replace(/["\\]/g, "\\$&")}"` : register}`;
}
