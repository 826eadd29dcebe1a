/** The macros of filters: `has`, and what walks over lists and the keys of objects. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { type Compiling, type Evaluate, ExpressionError, type Scope } from "./scope.ts";
import { isMap, noValue, truth } from "./values.ts";

export const macroNames: ReadonlySet<string> = new Set([
  "has/1",
  ".all/2",
  ".exists/2",
  ".exists_one/2",
  ".filter/2",
  ".map/2",
  ".map/3",
]);

export interface MacroCall {
  readonly name: string;
  readonly receiver: ASTNode | null;
  readonly args: readonly ASTNode[];
}

export function compileMacro({ name, receiver, args }: MacroCall, compiling: Compiling): Evaluate {
  if (receiver === null) return compileHas(args[0] as ASTNode, compiling);
  const list = compiling.compile(receiver);
  const [variable, ...bodies] = args as [ASTNode, ...ASTNode[]];
  if (variable.op !== "id") throw new ExpressionError(`\`${name}\` begins with the name of a variable`, variable.start);
  const slot = compiling.locals.length;
  const before = compiling.nodes;
  compiling.locals.push(String(variable.args));
  const [first, second] = bodies.map((body) => compiling.compile(body)) as [Evaluate, Evaluate | undefined];
  compiling.locals.pop();
  const walk: Walk = { list, slot, stepsPerItem: compiling.nodes - before };
  return (scope) => walks[name]?.(scope, { walk, first, second });
}

/** Whether the last member is there; those before it must be. */
function compileHas(selected: ASTNode, compiling: Compiling): Evaluate {
  if (selected.op !== ".")
    throw new ExpressionError("`has` asks for a member, such as has(data.total)", selected.start);
  const [object, name] = selected.args as unknown as [ASTNode, string];
  const of = compiling.compile(object);
  return (scope) => {
    const value = of(scope);
    if (!isMap(value)) throw noValue;
    return Object.hasOwn(value, name);
  };
}

interface Walk {
  readonly list: Evaluate;
  /** Where the variable stands among `Scope.items`. */
  readonly slot: number;
  /** What is spent for each item, before the first is looked at. */
  readonly stepsPerItem: number;
}

interface Bodies {
  readonly walk: Walk;
  readonly first: Evaluate;
  readonly second: Evaluate | undefined;
}

function itemsOf(scope: Scope, { list, stepsPerItem }: Walk): readonly unknown[] {
  const value = list(scope);
  if (!Array.isArray(value) && !isMap(value)) throw noValue;
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.keys(value);
  scope.meter.spend(items.length * stepsPerItem);
  return items;
}

/** `exists` and `all`: items without a value do not matter where another one decides. */
function decided(deciding: boolean, scope: Scope, { walk, first }: Bodies): boolean {
  let hasFailed = false;
  for (const item of itemsOf(scope, walk)) {
    scope.items[walk.slot] = item;
    try {
      if (truth(first(scope)) === deciding) return deciding;
    } catch (error) {
      if (error !== noValue) throw error;
      hasFailed = true;
    }
  }
  if (hasFailed) throw noValue;
  return !deciding;
}

function taken(scope: Scope, { walk, first, second }: Bodies, isFilter: boolean): unknown[] {
  const result: unknown[] = [];
  for (const item of itemsOf(scope, walk)) {
    scope.items[walk.slot] = item;
    if (isFilter) {
      if (truth(first(scope))) result.push(item);
    } else if (second === undefined) {
      result.push(first(scope));
    } else if (truth(first(scope))) {
      result.push(second(scope));
    }
  }
  return result;
}

const walks: Readonly<Record<string, (scope: Scope, bodies: Bodies) => unknown>> = {
  exists: (scope, bodies) => decided(true, scope, bodies),
  all: (scope, bodies) => decided(false, scope, bodies),
  exists_one: (scope, bodies) => taken(scope, bodies, true).length === 1,
  filter: (scope, bodies) => taken(scope, bodies, true),
  map: (scope, bodies) => taken(scope, bodies, false),
};
