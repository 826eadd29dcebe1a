/** The query of a list as clients of Stripe's API write it: `types[0]=a&created[gte]=1&starting_after=evt_…`. */
import { TrotlineError } from "../../core/errors.ts";
import { isTypePattern } from "../../core/filter.ts";
import { type StripeCode, StripeRefusal } from "./stripe-error.ts";

/** What Stripe documents for its lists of events. */
export const stripeLimits = { eventsDefault: 10, eventsMax: 100, types: 20 } as const;

export interface StripeListQuery {
  /** Events of the page. */
  readonly limit: number;
  /** Patterns of types; empty takes all. */
  readonly types: readonly string[];
  /** Accepted at this time or later, and before that one; null for no bound. */
  readonly fromMs: number | null;
  readonly beforeMs: number | null;
  /** Ids of events: the page is of what is older than the one, or newer than the other. */
  readonly startingAfter: string | null;
  readonly endingBefore: string | null;
  /** Null takes all. */
  readonly deliverySuccess: boolean | null;
}

const known = ["limit", "type", "types", "created", "starting_after", "ending_before", "delivery_success", "expand"];

/** Reads the query of a request's URL. Refuses with `invalid-query` and the name of the parameter. */
export function readStripeQuery(url: string): StripeListQuery {
  const given = new Map<string, string>();
  const types: string[] = [];
  for (const [name, value] of parametersOf(url)) {
    checkKnown(name);
    if (value === "") throw refusal("parameter_invalid_empty", name, `\`${name}\` is empty: leave it out.`);
    if (given.has(name)) throw wrong(name, `\`${name}\` is given twice.`);
    if (name.startsWith("types")) types.push(value);
    else given.set(name, value);
  }
  const startingAfter = given.get("starting_after") ?? null;
  const endingBefore = given.get("ending_before") ?? null;
  if (startingAfter !== null && endingBefore !== null) throw onlyOneOf("starting_after", "ending_before");
  return {
    limit: readLimit(given.get("limit")),
    types: readTypes(given.get("type"), types),
    ...readCreated(given),
    startingAfter,
    endingBefore,
    deliverySuccess: readBoolean("delivery_success", given.get("delivery_success")),
  };
}

/** Refuses what nobody asks of a single event. */
export function checkStripeRetrieval(url: string): void {
  for (const [name] of parametersOf(url)) throw unknown(name);
}

const parametersOf = (url: string): URLSearchParams => new URLSearchParams(url.slice(`${url}?`.indexOf("?")));

function checkKnown(name: string): void {
  const [base = "", ...brackets] = name.split("[");
  if (base === "expand") throw wrong(name, "Events have nothing that can be expanded.");
  const isSuffixed = brackets.length > 0;
  const isRight = isSuffixed ? /^(types\[\d{0,4}\]|created\[(gte?|lte?)\])$/.test(name) : known.includes(base);
  if (!isRight) throw unknown(name);
  if (name === "types") throw wrong(name, "A list is written `types[]=…` or `types[0]=…`.");
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return stripeLimits.eventsDefault;
  const limit = readInteger("limit", text);
  if (limit >= 1 && limit <= stripeLimits.eventsMax) return limit;
  const sentence = `\`limit\` is from 1 to ${stripeLimits.eventsMax} (it is ${limit}).`;
  throw refusal("parameter_invalid_integer", "limit", sentence);
}

function readTypes(type: string | undefined, types: readonly string[]): readonly string[] {
  if (type !== undefined && types.length > 0) throw onlyOneOf("type", "types");
  if (types.length > stripeLimits.types) {
    throw wrong("types", `\`types\` has at most ${stripeLimits.types} items.`);
  }
  const asked = type === undefined ? types : [type];
  const unfit = asked.find((pattern) => !isTypePattern(pattern));
  if (unfit === undefined) return asked;
  const sentence = `\`${unfit.slice(0, 64)}\` is not a type of event, nor a group of them such as \`order.*\`.`;
  throw wrong(type === undefined ? "types" : "type", sentence);
}

/** Whole seconds, as `created` of an event is: an event of the second 7 is greater than 6 until the second 8 begins. */
function readCreated(given: ReadonlyMap<string, string>): { fromMs: number | null; beforeMs: number | null } {
  const second = (name: string, offset: number): number | null => {
    const text = given.get(name);
    return text === undefined ? null : (readInteger(name, text) + offset) * 1000;
  };
  const names = [...given.keys()].filter((name) => name.startsWith("created"));
  if (names.length > 1 && given.has("created"))
    throw onlyOneOf("created", names.find((name) => name !== "created") ?? "");
  const from = [second("created", 0), second("created[gte]", 0), second("created[gt]", 1)];
  const before = [second("created", 1), second("created[lt]", 0), second("created[lte]", 1)];
  const set = (times: readonly (number | null)[]): number[] => times.filter((time) => time !== null);
  return {
    fromMs: set(from).length === 0 ? null : Math.max(...set(from)),
    beforeMs: set(before).length === 0 ? null : Math.min(...set(before)),
  };
}

function readInteger(name: string, text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw refusal("parameter_invalid_integer", name, `\`${name}\` is not a whole number: \`${text.slice(0, 64)}\`.`);
}

function readBoolean(name: string, text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (text !== "true" && text !== "false") throw wrong(name, `\`${name}\` is \`true\` or \`false\`.`);
  return text === "true";
}

const onlyOneOf = (left: string, right: string): StripeRefusal =>
  refusal("parameters_exclusive", right, `Only one of \`${left}\` and \`${right}\` can be given.`);

const unknown = (name: string): StripeRefusal =>
  refusal("parameter_unknown", name.slice(0, 64), `Received unknown parameter: ${name.slice(0, 64)}`);

const refusal = (stripeCode: StripeCode, field: string, detail: string): StripeRefusal =>
  new StripeRefusal(stripeCode, "invalid-query", { detail, field });

const wrong = (field: string, detail: string): TrotlineError => new TrotlineError("invalid-query", detail, { field });
