// The variables of a call that an exception leaves, as an `L` record.
import { CONSTANT, LOCALS } from "@spoor/protocol/raw";
import type { Local } from "../hooks.ts";
import { clock, toJson } from "./captured.ts";
import type { Frame } from "./errors.ts";
import { SELF, type FunctionInfo, type Functions, type Variable } from "./functions.ts";
import { C } from "./scalars.ts";
import type { Shapes } from "./shapes.ts";
import { FULL_CELLS, MOST_CELLS, repair, tellKeys, told, wordOf, type Sink } from "./sink.ts";
import type { Values } from "./values.ts";

interface Options {
  readonly sink: Sink;
  readonly functions: Functions;
  readonly shapes: Shapes;
  readonly values: Values;
  readonly flush: () => void;
}

export function createLocals({ sink, functions, shapes, values, flush }: Options) {
  function variablesOf({ captured, locals: own }: FunctionInfo): Variable[] {
    const variables: Variable[] = [];
    for (let i = 0; i < captured.length; i++) {
      const variable = captured[i] as string;
      variables[i] = { name: variable, line: 0, rule: shapes.rule(variable) };
    }
    for (let i = 0; i < own.length; i++) {
      const variable = own[i] as Local;
      variables[captured.length + i] = { name: variable.name, line: variable.line, rule: shapes.rule(variable.name) };
    }
    return variables;
  }

  return function locals(exception: number, { call, fn, line, values: given }: Frame, depth: number): void {
    // There may be many of them, and each is as long as a record can be.
    if (sink.n > FULL_CELLS) flush();
    if (sink.n > FULL_CELLS) return;
    const info = functions.info[fn] as FunctionInfo;
    const { name, file } = info;
    const variables = (info.variables ??= variablesOf(info));
    const frame = told(sink, wordOf(sink, `"file":${toJson(file)},"function":${toJson(name)}`));
    const names: string[] = [];
    const places: number[] = [];
    const count = given === null ? 0 : given.length;
    for (let i = 0; i < count && i < variables.length; i++) {
      const { name: variable, line: from } = variables[i] as Variable;
      // Not declared yet where the call was left.
      if ((given as readonly unknown[])[i] === undefined && from >= line) continue;
      names[names.length] = variable;
      places[places.length] = i;
    }
    const shape = shapes.own(names);
    const keys = shapes.number(shape);
    if (shape.told !== sink.epoch) tellKeys(sink, shapes, shape, keys);
    if (sink.bad !== 0) repair(sink);
    const { cells, n, fn: floats } = sink;
    const now = clock();
    cells[n] = LOCALS;
    cells[n + 1] = exception;
    cells[n + 2] = call;
    cells[n + 3] = line;
    cells[n + 4] = depth;
    cells[n + 5] = frame;
    cells[n + 6] = keys;
    sink.n = n + 7;
    sink.times[sink.tn++] = now;
    try {
      values.begin(false);
      for (let i = 0; i < places.length; i++) {
        const at = places[i] as number;
        const value = (given as readonly unknown[])[at];
        if (sink.n > n + MOST_CELLS - 1024) sink.cells[sink.n++] = (C.cutBytes << 4) | CONSTANT;
        else if (at === 0 && ((functions.flags[fn] as number) & SELF) !== 0) values.putSelf(value);
        else values.putNamed(value, (variables[at] as Variable).rule);
      }
    } catch {
      sink.bad = places.length;
      sink.badAt = n + 7;
      sink.badFloats = floats;
    }
  };
}
