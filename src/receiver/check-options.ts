/**
 * Refuses options that are none, each by its name: a program without types, or with values from its environment, would
 * otherwise learn of them from requests that are lost.
 */
import { didYouMean } from "../config/nearest-name.ts";
import { options as serverOptions } from "../config/options.ts";
import { exhaustionRules } from "../core/endpoint-order.ts";
import { limits } from "../core/limits.ts";
import type { ReceiverOptions, ReceiverSource } from "./receiver-options.ts";

interface Rule {
  /** As the end of a sentence that begins with the option's name. */
  readonly takes: string;
  readonly fits: (value: unknown) => boolean;
}

type Rules<Options> = Readonly<Record<keyof Options, Rule>>;

const isText = (value: unknown): boolean => typeof value === "string";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isListOf = (value: unknown, fits: Rule["fits"]): value is unknown[] => Array.isArray(value) && value.every(fits);
const isWithin = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

const wholeNumber = (min: number, max: number): Rule => ({
  takes: `a whole number from ${min} to ${max}`,
  fits: (value) => isWithin(value, min, max),
});
const orNull = ({ takes, fits }: Rule): Rule => ({
  takes: `${takes}, or null`,
  fits: (value) => value === null || fits(value),
});
const text: Rule = { takes: "a text", fits: isText };
const texts: Rule = { takes: "a list of texts", fits: (value) => isListOf(value, isText) };
const members: Rule = { takes: "an object", fits: isRecord };
const order: Rule = {
  takes: "a place such as `body:repository.id`, or a function of the event",
  fits: (value) => isText(value) || typeof value === "function",
};

const logLevels = ["debug", "info", "warn", "error"] as const;
const dayMs = 86_400_000;

const receiverRules: Rules<ReceiverOptions> = {
  folder: { takes: "the path of a folder, or `memory`", fits: (value) => isText(value) && value !== "" },
  sources: { takes: "an object that has each source by its name", fits: isRecord },
  handle: {
    takes: "a function, or an object that has functions by patterns of types",
    fits: (value) => typeof value === "function" || isRecord(value),
  },
  path: {
    takes: "a path such as `/in`, without a slash at the end",
    fits: (value) => typeof value === "string" && /^(\/[^/?#\s]+)*$/.test(value),
  },
  orderBy: order,
  onExhausted: {
    takes: `one of ${exhaustionRules.join(", ")}`,
    fits: (value) => (exhaustionRules as readonly unknown[]).includes(value),
  },
  concurrency: wholeNumber(1, limits.maxInFlightMax),
  retryDelaysMs: {
    takes: `a list of at most ${limits.retriesPerSchedule} whole numbers from 0 to ${limits.retryDelayMsMax}`,
    fits: (value) =>
      isListOf(value, (delayMs) => isWithin(delayMs, 0, limits.retryDelayMsMax)) &&
      value.length <= limits.retriesPerSchedule,
  },
  timeoutMs: wholeNumber(limits.timeoutMsMin, limits.runTimeoutMsMax),
  retentionAgeMs: wholeNumber(60_000, 36_500 * dayMs),
  storeBytesMax: orNull(wholeNumber(2 ** 20, 2 ** 50)),
  trustedProxies: texts,
  publicUrl: orNull({ takes: "an http or https URL such as `https://your.host`", fits: isPublicUrl }),
  shutdownGraceMs: wholeNumber(0, 3_600_000),
  logger: {
    takes: `an object with the functions ${logLevels.join(", ")}`,
    fits: (value) => isRecord(value) && logLevels.every((level) => typeof value[level] === "function"),
  },
};

const sourceRules: Rules<ReceiverSource> = {
  scheme: {
    takes: "a preset by its name, `unverified`, or a scheme as an object",
    fits: (v) => isText(v) || isRecord(v),
  },
  secret: { takes: "a text, or a list of texts", fits: (value) => isText(value) || isListOf(value, isText) },
  settings: { takes: "an object of texts", fits: (value) => isRecord(value) && Object.values(value).every(isText) },
  orderBy: order,
  methods: texts,
  allowAddresses: texts,
  bodyBytesMax: wholeNumber(1, limits.receivedBodyBytesMax),
  rate: orNull(members),
  deduplication: text,
  answer: orNull(members),
  description: text,
};

/** Throws a TypeError. What only the registry knows, such as the name of a preset, it leaves to that. */
export function checkOptions(options: ReceiverOptions): void {
  if (!isRecord(options)) throw new TypeError("A receiver takes its options as an object.");
  check(options, { rules: receiverRules, required: ["folder", "sources", "handle"], place: "" });
  for (const [name, source] of Object.entries(options.sources)) {
    const place = `sources.${name}`;
    if (!isRecord(source)) throw new TypeError(`\`${place}\` is an object that has a \`scheme\`.`);
    check(source, { rules: sourceRules, required: ["scheme"], place: `${place}.` });
  }
}

interface Checking {
  readonly rules: Readonly<Record<string, Rule>>;
  readonly required: readonly string[];
  /** What stands before the name of an option. */
  readonly place: string;
}

function check(options: Record<string, unknown>, { rules, required, place }: Checking): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw new TypeError(`There is no option \`${place}${name}\`.${didYouMean(name, Object.keys(rules))}`);
    }
    if (value !== undefined && !rule.fits(value)) throw new TypeError(`\`${place}${name}\` is ${rule.takes}.`);
  }
  const missing = required.find((name) => options[name] === undefined);
  if (missing !== undefined) throw new TypeError(`\`${place}${missing}\` is missing: ${rules[missing]?.takes}.`);
}

function isPublicUrl(value: unknown): boolean {
  try {
    return serverOptions.publicUrl.kind.read(value) !== null;
  } catch {
    return false;
  }
}
