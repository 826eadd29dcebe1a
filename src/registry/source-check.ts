/** What a source may be: each refusal names the member as the HTTP interface has it. */
import { didYouMean } from "../config/nearest-name.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { CustomScheme, SchemeChoice } from "../core/scheme.ts";
import { deduplications, type Source, sourceMethods } from "../core/source.ts";
import { parseAllowList } from "../platform/allow-list.ts";

/** What the registry asks of a scheme. */
export interface KnownScheme {
  /** What the secret is and where the provider shows it; null where the scheme has none. */
  readonly secret: string | null;
  readonly secretFrom?: "provider" | "receiver" | "handshake";
  secretRefusal(text: string): string | null;
  readonly settings: readonly { readonly name: string; readonly isRequired: boolean; readonly isSecret?: boolean }[];
  /** Why settings cannot work, though there is no name too much or too few; null where they can. */
  settingsRefusal?(settings: Readonly<Record<string, string>>): string | null;
  /** Makes secrets where it can. */
  readonly signer: {
    makeSecret(random: (count: number) => Uint8Array): { readonly secret: string; readonly signingKey: string };
  } | null;
}

/** The schemes that there are; receiving has them. */
export interface SchemePort {
  /** Undefined where no preset has the name. */
  get(name: string): KnownScheme | undefined;
  /** What was probably meant by a name that no preset has, as a sentence behind a space; else nothing. */
  hint(name: string): string;
  customRefusal(custom: CustomScheme): { readonly field: string; readonly detail: string } | null;
  /** Of a custom scheme that is not refused. */
  declared(custom: CustomScheme): KnownScheme;
}

const namePattern = /^[a-z0-9][a-z0-9_-]*$/;
const idPrefix = "src_";
const mediaTypePattern = /^[\x21-\x7e]+\/[\x21-\x7e][\x20-\x7e]*$/;

/** Refuses with `invalid-body`. Secrets are not looked at here. */
export function checkSource(source: Omit<Source, "number">, schemes: SchemePort): void {
  checkName(source.name);
  checkScheme(source.scheme, schemes);
  checkMethods(source.methods);
  checkAddresses(source.allowAddresses);
  checkBounds(source);
  checkAnswer(source.answer);
  if (!deduplications.includes(source.deduplication)) {
    throw refused("/deduplication", `\`deduplication\` is one of ${deduplications.join(", ")}.`);
  }
}

/** Null where everyone is believed. Refuses what does not exist with `invalid-body`. */
export function schemeOf(choice: SchemeChoice, schemes: SchemePort): KnownScheme | null {
  if ("unverified" in choice) return null;
  if ("custom" in choice) return schemes.declared(choice.custom);
  const scheme = schemes.get(choice.preset);
  if (scheme !== undefined) return scheme;
  const hint = schemes.hint(choice.preset) || " GET /v1/schemes lists them.";
  throw refused("/scheme/preset", `There is no preset \`${choice.preset.slice(0, 64)}\`.${hint}`);
}

function checkName(name: string): void {
  const fits = name.length <= limits.sourceNameLength && namePattern.test(name) && !name.startsWith(idPrefix);
  if (fits) return;
  const rule = `1 to ${limits.sourceNameLength} lower-case letters, digits, \`-\` and \`_\``;
  const detail = `\`name\` is ${rule}, beginning with a letter or digit and not with \`${idPrefix}\`.`;
  throw refused("/name", detail);
}

function checkScheme(choice: SchemeChoice, schemes: SchemePort): void {
  if ("custom" in choice) {
    const refusal = schemes.customRefusal(choice.custom);
    if (refusal !== null) throw refused(`/scheme/custom/${pointerOf(refusal.field)}`, refusal.detail);
    return;
  }
  const scheme = schemeOf(choice, schemes);
  if (scheme === null || !("preset" in choice)) return;
  const known = scheme.settings.map(({ name }) => name);
  for (const name of Object.keys(choice.settings)) {
    if (known.includes(name)) continue;
    const listed = known.length === 0 ? " It takes none." : ` It takes ${known.join(", ")}.`;
    const hint = didYouMean(name, known) || listed;
    const detail = `The preset \`${choice.preset}\` has no setting \`${name.slice(0, 64)}\`.${hint}`;
    throw refused(`/scheme/settings/${name.slice(0, 64)}`, detail);
  }
  for (const { name, isRequired } of scheme.settings) {
    if (!isRequired || (choice.settings[name] ?? "") !== "") continue;
    throw refused(`/scheme/settings/${name}`, `The preset \`${choice.preset}\` needs the setting \`${name}\`.`);
  }
  const refusal = scheme.settingsRefusal?.(choice.settings) ?? null;
  if (refusal !== null) throw refused("/scheme/settings", refusal);
}

/** `signature.place`, as the code has it, to `signature/place`, as JSON has it. */
const pointerOf = (field: string): string =>
  field.replaceAll(".", "/").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function checkMethods(methods: readonly string[]): void {
  const isKnown = methods.every((method) => (sourceMethods as readonly string[]).includes(method));
  if (methods.length > 0 && isKnown && new Set(methods).size === methods.length) return;
  throw refused("/methods", `\`methods\` has at least one of ${sourceMethods.join(", ")}, each once.`);
}

function checkAddresses(addresses: readonly string[]): void {
  if (addresses.length > limits.addressesPerSource) {
    throw refused("/allow_addresses", `\`allow_addresses\` has at most ${limits.addressesPerSource} entries.`);
  }
  for (const [index, address] of addresses.entries()) {
    try {
      parseAllowList([address]);
    } catch (error) {
      throw refused(`/allow_addresses/${index}`, (error as Error).message);
    }
  }
}

function checkBounds({ bodyBytesMax, rate }: Pick<Source, "bodyBytesMax" | "rate">): void {
  if (!isWithin(bodyBytesMax, 1, limits.receivedBodyBytesMax)) {
    throw refused("/body_bytes_max", `\`body_bytes_max\` is 1 to ${limits.receivedBodyBytesMax}.`);
  }
  if (rate === null) return;
  const { ratePerSecondMin, sourceRatePerSecondMax: max } = limits;
  if (!(rate.perSecond >= ratePerSecondMin && rate.perSecond <= max)) {
    throw refused("/rate_limit/per_second", `\`per_second\` is ${ratePerSecondMin} to ${max}.`);
  }
  if (!isWithin(rate.burst, 1, max))
    throw refused("/rate_limit/burst", `\`burst\` is a whole number from 1 to ${max}.`);
}

function checkAnswer(answer: Source["answer"]): void {
  if (answer === null) return;
  if (!isWithin(answer.status, 200, 299)) throw refused("/answer/status", "`status` is 200 to 299.");
  const isEmptyStatus = answer.status === 204 || answer.status === 205;
  if (isEmptyStatus && answer.body !== "") throw refused("/answer/body", `An answer ${answer.status} has no body.`);
  if (answer.body.length > limits.sourceAnswerLength) {
    throw refused("/answer/body", `\`body\` has at most ${limits.sourceAnswerLength} characters.`);
  }
  if (answer.contentType.length > limits.contentTypeLength || !mediaTypePattern.test(answer.contentType)) {
    throw refused("/answer/content_type", "`content_type` is a media type, such as `application/json`.");
  }
}

const isWithin = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;

const refused = (field: string, detail: string): TrotlineError => new TrotlineError("invalid-body", detail, { field });
