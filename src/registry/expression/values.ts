/**
 * Values of a filter while it is evaluated, and what operators make of them. An int is a bigint, a double a number;
 * both compare and reckon with each other, for numbers of JSON do not say which they are. Timestamps are dates.
 */

/** The expression has no value for this event: a member is missing, or a value is of the wrong kind. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** One error for all: nobody reads it, and a filter over a list may meet it for every item. */
export const noValue = new EvaluationError("the expression has no value for this event");
/** Not to be made up for by another operand, as other errors are. */
export const tooCostly = new EvaluationError("the expression costs more than one event may");

export class Duration {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/**
 * What one evaluation may still spend, in steps of about ten nanoseconds. The steps are counted, not timed: whether an
 * event is taken must not depend on how busy the machine is.
 */
export class Meter {
  left = 0;

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw tooCostly;
  }
}

/** Beyond what a date can hold there is no value: nothing could be asked of such a date. */
export function dateOf(timeMs: number): Date {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) throw noValue;
  return date;
}

/** A key of a map. Of an object, JavaScript would ask the object for a text, which may be anything. */
export function keyOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean" || isNumeric(value)) return String(value);
  throw noValue;
}

export const isNumeric = (value: unknown): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date || value instanceof Duration);

export function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw noValue;
  return value;
}

/** Strings are compared and joined many characters a step. */
const charactersPerStep = 64;

export function areEqual(left: unknown, right: unknown, meter: Meter): boolean {
  if (typeof left === "string") {
    if (typeof right !== "string" || left.length !== right.length) return false;
    meter.spend(1 + left.length / charactersPerStep);
    return left === right;
  }
  if (left === right) return true;
  // biome-ignore lint/suspicious/noDoubleEquals: the one comparison that is exact between bigints and numbers
  if (isNumeric(left)) return isNumeric(right) && left == right;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime();
  if (left instanceof Duration) return right instanceof Duration && left.ms === right.ms;
  if (Array.isArray(left)) return Array.isArray(right) && areEqualLists(left, right, meter);
  return isMap(left) && isMap(right) && areEqualMaps(left, right, meter);
}

function areEqualLists(left: readonly unknown[], right: readonly unknown[], meter: Meter): boolean {
  if (left.length !== right.length) return false;
  return left.every((item, index) => {
    meter.spend(1);
    return areEqual(item, right[index], meter);
  });
}

function areEqualMaps(left: Record<string, unknown>, right: Record<string, unknown>, meter: Meter): boolean {
  const keys = Object.keys(left);
  meter.spend(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    meter.spend(1);
    return Object.hasOwn(right, key) && areEqual(left[key], right[key], meter);
  });
}

export function isIn(value: unknown, collection: unknown, meter: Meter): boolean {
  if (Array.isArray(collection)) {
    return collection.some((item) => {
      meter.spend(1);
      return areEqual(value, item, meter);
    });
  }
  if (isMap(collection)) return typeof value === "string" && Object.hasOwn(collection, value);
  throw noValue;
}

/** Below zero, zero or above, as `left` is less than, equal to, or greater than `right`; NaN where one of them is. */
export function compare(left: unknown, right: unknown, meter: Meter): number {
  if (isNumeric(left) && isNumeric(right)) return left < right ? -1 : left > right ? 1 : left >= right ? 0 : Number.NaN;
  if (typeof left === "string" && typeof right === "string") {
    meter.spend(1 + Math.min(left.length, right.length) / charactersPerStep);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (left instanceof Duration && right instanceof Duration) return left.ms - right.ms;
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  throw noValue;
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

export function reckon(operator: Arithmetic, left: unknown, right: unknown, meter: Meter): unknown {
  if (typeof left === "bigint" && typeof right === "bigint") return reckonInts(operator, left, right);
  if (isNumeric(left) && isNumeric(right)) return reckonDoubles(operator, Number(left), Number(right));
  if (operator === "+") return join(left, right, meter);
  if (operator === "-" && left instanceof Date && right instanceof Date) return new Duration(+left - +right);
  if (operator === "-" && right instanceof Duration) return moved(left, -right.ms);
  throw noValue;
}

const int64 = (value: bigint): bigint => {
  if (BigInt.asIntN(64, value) !== value) throw noValue;
  return value;
};

function reckonInts(operator: Arithmetic, left: bigint, right: bigint): bigint {
  if (operator === "+") return int64(left + right);
  if (operator === "-") return int64(left - right);
  if (operator === "*") return int64(left * right);
  if (right === 0n) throw noValue;
  return operator === "/" ? int64(left / right) : left % right;
}

function reckonDoubles(operator: Arithmetic, left: number, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  return operator === "/" ? left / right : left % right;
}

function join(left: unknown, right: unknown, meter: Meter): unknown {
  if (typeof left === "string" && typeof right === "string") {
    meter.spend(1 + (left.length + right.length) / charactersPerStep);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.spend(left.length + right.length);
    return left.concat(right);
  }
  if (right instanceof Duration) return moved(left, right.ms);
  if (left instanceof Duration) return moved(right, left.ms);
  throw noValue;
}

function moved(value: unknown, ms: number): unknown {
  if (value instanceof Date) return dateOf(value.getTime() + ms);
  if (value instanceof Duration) return new Duration(value.ms + ms);
  throw noValue;
}
