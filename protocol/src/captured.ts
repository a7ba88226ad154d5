// Built-in methods as functions, taken when this is loaded: a program that an agent runs in may replace them, and must
// not run when its secrets are looked for.

/* oxlint-disable typescript/unbound-method, typescript/no-unnecessary-type-assertion -- each is bound to its `this` by `uncurried`, as the type that it is asserted to have */

type Uncurried<F> = F extends (this: infer T, ...args: infer A) => infer R ? (self: T, ...args: A) => R : never;

const bind = Function.prototype.call.bind(Function.prototype.bind) as (f: unknown, self: unknown) => unknown;

function uncurried<F>(f: F): Uncurried<F> {
  return bind(Function.prototype.call, f) as Uncurried<F>;
}

const text = String.prototype;
export const exec = uncurried(RegExp.prototype.exec as (this: RegExp, text: string) => RegExpExecArray | null);
export const sliceText = uncurried(text.slice as (this: string, start: number, end?: number) => string);
export const unitAt = uncurried(text.charCodeAt as (this: string, at: number) => number);
export const includes = uncurried(text.includes as (this: string, part: string) => boolean);
export const startsWith = uncurried(text.startsWith as (this: string, part: string) => boolean);
export const endsWith = uncurried(text.endsWith as (this: string, part: string) => boolean);
export const lastIndexOf = uncurried(text.lastIndexOf as (this: string, part: string) => number);
export const toLowerCase = uncurried(text.toLowerCase as (this: string) => string);
export const trimStart = uncurried(text.trimStart as (this: string) => string);
export const getFrom = uncurried(Map.prototype.get as <V>(this: Map<string, V>, key: string) => V | undefined) as <V>(
  map: Map<string, V>,
  key: string,
) => V | undefined;
export const isIn = uncurried(Set.prototype.has as (this: Set<string>, key: string) => boolean);
/** Decodes base64 to Latin-1; throws for what is none. */
export const fromBase64 = atob;
