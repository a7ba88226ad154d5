// Commands get their flags when they are chosen: reading all of them off their schemas would slow every start.
import type { Command } from "commander";

const fillers = new WeakMap<Command, () => void>();

export function fillLater(command: Command, fill: () => void): void {
  fillers.set(command, fill);
}

export function fillIn(command: Command): void {
  const fill = fillers.get(command);
  fillers.delete(command);
  fill?.();
}

/** For what shows all of them: completion and the reference. */
export function fillInAll(command: Command): void {
  fillIn(command);
  for (const each of command.commands) fillInAll(each);
}
