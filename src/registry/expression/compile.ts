/** Makes a function of an expression's tree: a closure for each node, so that a filter costs little for each event. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { eventData } from "./event-data.ts";
import { type Call, functions, methods } from "./functions.ts";
import { compileMacro, macroNames } from "./macros.ts";
import { type Compiling, type Evaluate, ExpressionError, type Scope, typeVariable, variableNames } from "./scope.ts";
import { type Arithmetic, areEqual, compare, isIn, isMap, isNumeric, keyOf, noValue, reckon, truth } from "./values.ts";

/** Refuses with `ExpressionError` what has no bound, or no meaning for an event. */
export function compileExpression(ast: ASTNode): Evaluate {
  const compiling: Compiling = { locals: [], nodes: 0, compile: (node) => compileNode(node, compiling) };
  return compileNode(ast, compiling);
}

function compileNode(node: ASTNode, compiling: Compiling): Evaluate {
  compiling.nodes += 1;
  const sub = (operand: unknown): Evaluate => compileNode(operand as ASTNode, compiling);
  switch (node.op) {
    case "value":
      return compileValue(node);
    case "id":
      return compileVariable(node, compiling);
    case ".": {
      const [object, name] = node.args as unknown as [ASTNode, string];
      const of = sub(object);
      return (scope) => member(of(scope), name);
    }
    case "[]": {
      const [of, key] = (node.args as unknown as ASTNode[]).map(sub) as [Evaluate, Evaluate];
      return (scope) => member(of(scope), key(scope));
    }
    case "call":
    case "rcall":
      return compileCall(node, compiling);
    case "list": {
      const items = (node.args as unknown as ASTNode[]).map(sub);
      return (scope) => items.map((item) => item(scope));
    }
    case "map": {
      const entries = (node.args as unknown as [ASTNode, ASTNode][]).map(
        ([key, value]) => [sub(key), sub(value)] as const,
      );
      return (scope) => Object.fromEntries(entries.map(([key, value]) => [keyOf(key(scope)), value(scope)]));
    }
    case "?:": {
      const [condition, yes, no] = (node.args as unknown as ASTNode[]).map(sub) as [Evaluate, Evaluate, Evaluate];
      return (scope) => (truth(condition(scope)) ? yes(scope) : no(scope));
    }
    case "!_": {
      const of = sub(node.args);
      return (scope) => !truth(of(scope));
    }
    case "-_": {
      const of = sub(node.args);
      return (scope) => negated(of(scope));
    }
    default:
      return compileBinary(node, sub);
  }
}

function compileValue(node: ASTNode): Evaluate {
  const { args, start } = node as { args: unknown; start: number };
  if (args instanceof Uint8Array) throw new ExpressionError("Bytes are not among the values of an event", start);
  const isUnsigned = typeof args === "object" && args !== null;
  const value = isUnsigned ? BigInt(String(args)) : args;
  return () => value;
}

function compileVariable(node: ASTNode, { locals }: Compiling): Evaluate {
  const name = String(node.args);
  const slot = locals.lastIndexOf(name);
  if (slot !== -1) return (scope) => scope.items[slot];
  switch (name) {
    case "id":
      return (scope) => scope.event.id;
    case "tenant":
      return (scope) => scope.event.tenant;
    case typeVariable:
      return (scope) => scope.event.type;
    case "subject":
      return (scope) => scope.event.subject ?? "";
    case "version":
      return (scope) => scope.event.version ?? "";
    case "occurred_at":
      return (scope) => new Date(scope.event.occurredAtMs);
    case "accepted_at":
      return (scope) => new Date(scope.event.acceptedAtMs);
    case "data":
      return (scope) => eventData(scope.event);
    default: {
      const names = variableNames.map(([known]) => known.replace(typeVariable, "type")).join(", ");
      throw new ExpressionError(`There is no variable \`${name.slice(0, 64)}\`, but ${names}`, node.start);
    }
  }
}

function compileCall(node: ASTNode, compiling: Compiling): Evaluate {
  const isMethod = node.op === "rcall";
  const [name, ...rest] = node.args as unknown as [string, ...unknown[]];
  const args = (isMethod ? rest[1] : rest[0]) as ASTNode[];
  const receiver = isMethod ? (rest[0] as ASTNode) : null;
  const signature = `${name}/${args.length}`;
  if (macroNames.has(`${isMethod ? "." : ""}${signature}`)) return compileMacro({ name, receiver, args }, compiling);
  const table = isMethod ? methods : functions;
  const call: Call | undefined = Object.hasOwn(table, signature) ? table[signature] : undefined;
  if (call === undefined) throw new ExpressionError(unknownCall(name, args.length, Object.keys(table)), node.start);
  const operands = (receiver === null ? args : [receiver, ...args]).map((arg) => compileNode(arg, compiling));
  const [first, second, third] = operands as [Evaluate, Evaluate | undefined, Evaluate | undefined];
  return (scope) => {
    scope.meter.spend(1);
    return call(scope.meter, first(scope), second?.(scope), third?.(scope));
  };
}

function unknownCall(name: string, count: number, known: readonly string[]): string {
  const names = [...new Set(known.map((signature) => signature.split("/")[0]))].join(", ");
  return `A filter has no function \`${name.slice(0, 64)}\` of ${count} arguments here, but ${names}`;
}

function compileBinary(node: ASTNode, sub: (operand: unknown) => Evaluate): Evaluate {
  const [left, right] = (node.args as unknown as ASTNode[]).map(sub) as [Evaluate, Evaluate];
  switch (node.op) {
    case "||":
      return (scope) => either(true, scope, left, right);
    case "&&":
      return (scope) => either(false, scope, left, right);
    case "==":
      return (scope) => areEqual(left(scope), right(scope), scope.meter);
    case "!=":
      return (scope) => !areEqual(left(scope), right(scope), scope.meter);
    case "in":
      return (scope) => isIn(left(scope), right(scope), scope.meter);
    case "<":
      return (scope) => compare(left(scope), right(scope), scope.meter) < 0;
    case "<=":
      return (scope) => compare(left(scope), right(scope), scope.meter) <= 0;
    case ">":
      return (scope) => compare(left(scope), right(scope), scope.meter) > 0;
    case ">=":
      return (scope) => compare(left(scope), right(scope), scope.meter) >= 0;
    case "+":
    case "-":
    case "*":
    case "/":
    case "%": {
      const operator: Arithmetic = node.op;
      return (scope) => reckon(operator, left(scope), right(scope), scope.meter);
    }
    default:
      throw new ExpressionError(`A filter has no operator \`${node.op}\``, node.start);
  }
}

/** `||` and `&&` of CEL: where one side decides, it does not matter that the other has no value. */
function either(deciding: boolean, scope: Scope, left: Evaluate, right: Evaluate): boolean {
  let first: boolean | null = null;
  try {
    first = truth(left(scope));
  } catch (error) {
    if (error !== noValue) throw error;
  }
  if (first === deciding) return deciding;
  const second = truth(right(scope));
  if (second === deciding) return deciding;
  if (first === null) throw noValue;
  return !deciding;
}

function negated(value: unknown): number | bigint {
  if (!isNumeric(value)) throw noValue;
  return -value;
}

/** A member of an object, or an item of a list. */
function member(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (!isNumeric(key)) throw noValue;
    const item: unknown = value[Number(key)];
    if (item === undefined) throw noValue;
    return item;
  }
  if (!isMap(value) || typeof key !== "string" || !Object.hasOwn(value, key)) throw noValue;
  return value[key];
}
