/** Why a scheme of one's own cannot work, or would believe whom it should not. */
import { type CustomScheme, secretEncodings, signatureAlgorithms, signatureEncodings, timeUnits } from "./scheme.ts";
import { type ContentPiece, parseContent } from "./signed-content.ts";
import { type Place, parsePlace } from "./value-place.ts";

/** The member that is wrong, and the sentence that says why. */
export interface CustomRefusal {
  readonly field: string;
  readonly detail: string;
}

export const toleranceMsBounds = { min: 1000, max: 24 * 3_600_000 } as const;
const contentLengthMax = 512;
const textLengthMax = 64;

export function customRefusal(custom: CustomScheme): CustomRefusal | null {
  return (
    wordRefusal(custom) ??
    signatureRefusal(custom) ??
    placesRefusal(custom) ??
    timeRefusal(custom) ??
    contentRefusal(custom)
  );
}

function wordRefusal({ algorithm, secretEncoding, secretPrefix, signature }: CustomScheme): CustomRefusal | null {
  if (!signatureAlgorithms.includes(algorithm)) return oneOf("algorithm", signatureAlgorithms);
  if (!secretEncodings.includes(secretEncoding)) return oneOf("secretEncoding", secretEncodings);
  if (!signatureEncodings.includes(signature.encoding)) return oneOf("signature.encoding", signatureEncodings);
  const long = [
    ["secretPrefix", secretPrefix],
    ["signature.prefix", signature.prefix],
    ["signature.separator", signature.separator],
    ["signature.name", signature.name],
  ].find(([, text]) => (text?.length ?? 0) > textLengthMax);
  return long === undefined ? null : refusal(long[0] ?? "", `It has at most ${textLengthMax} characters.`);
}

function signatureRefusal({ signature }: CustomScheme): CustomRefusal | null {
  const { form, separator, name } = signature;
  const place = parsePlace(signature.place);
  if (typeof place === "string") return refusal("signature.place", `It ${place}.`);
  if (form !== "one" && form !== "list" && form !== "pairs") return oneOf("signature.form", ["one", "list", "pairs"]);
  if (form !== "one" && separator === "") return refusal("signature.separator", `\`${form}\` needs one.`);
  if (form === "pairs" && name === "") return refusal("signature.name", "It names the pair that is the signature.");
  if (form === "pairs" && separator === "=") return refusal("signature.separator", "`=` stands within a pair.");
  return null;
}

function placesRefusal(custom: CustomScheme): CustomRefusal | null {
  const places = [
    ["id", custom.id, false],
    ["type", custom.type, false],
    ["occurredAt.place", custom.occurredAt?.place ?? null, false],
    ["timestamp.place", custom.timestamp?.place ?? null, custom.signature.form === "pairs"],
  ] as const;
  for (const [field, text, withPairs] of places) {
    const place = text === null ? null : parsePlace(text, withPairs);
    if (typeof place === "string") return refusal(field, `It ${place}.`);
  }
  return null;
}

function timeRefusal({ timestamp, occurredAt, toleranceMs }: CustomScheme): CustomRefusal | null {
  if (timestamp !== null && !timeUnits.includes(timestamp.unit)) return oneOf("timestamp.unit", timeUnits);
  if (occurredAt !== null && !timeUnits.includes(occurredAt.unit)) return oneOf("occurredAt.unit", timeUnits);
  const { min, max } = toleranceMsBounds;
  const fits = Number.isInteger(toleranceMs) && toleranceMs >= min && toleranceMs <= max;
  return fits ? null : refusal("toleranceMs", `It is a whole number from ${min} to ${max}.`);
}

function contentRefusal(custom: CustomScheme): CustomRefusal | null {
  const { content, timestamp } = custom;
  if (custom.algorithm === "token") {
    if (content !== "") return refusal("content", "With `token` nothing is signed; leave it empty.");
    return timestamp === null
      ? null
      : refusal("timestamp", "With `token` nothing is signed, so no time can be believed.");
  }
  if (content.length > contentLengthMax) return refusal("content", `It has at most ${contentLengthMax} characters.`);
  const pieces = parseContent(content);
  if (typeof pieces === "string") return refusal("content", `It ${pieces}.`);
  const count = (value: string): number => pieces.filter((piece) => "value" in piece && piece.value === value).length;
  const has = (value: string): boolean => count(value) > 0;
  if (count("body") > 1) return refusal("content", "It has `{body}` once: a large one is not put together many times.");
  if (!has("body")) return refusal("content", "It has no `{body}`, so anybody could send another body.");
  const signature = custom.signature.place;
  const isWithin = /^(body|form):/.test(signature) || (signature.startsWith("query:") && has("url"));
  if (isWithin) return refusal("signature.place", "It is within what is signed: no signature can be a part of that.");
  if (has("timestamp") && timestamp === null)
    return refusal("timestamp", "`content` has `{timestamp}`; say its place.");
  if (has("id") && custom.id === null) return refusal("id", "`content` has `{id}`; say its place.");
  if (timestamp !== null && !has("timestamp") && !isSigned(timestamp.place, pieces)) {
    return refusal("timestamp", "It is not in `content`, so anybody could send an old request with a new time.");
  }
  return null;
}

/** Whether a value is within what is signed, other than as `{timestamp}`. */
function isSigned(written: string, pieces: readonly ContentPiece[]): boolean {
  const place = parsePlace(written, true);
  if (typeof place === "string") return false;
  if (place.kind === "body" || place.kind === "form") return true;
  if (place.kind === "query" && pieces.some((piece) => "value" in piece && piece.value === "url")) return true;
  return pieces.some((piece) => "place" in piece && isSame(piece.place, place));
}

const isSame = (a: Place, b: Place): boolean => a.kind === b.kind && a.name === b.name;

const refusal = (field: string, detail: string): CustomRefusal => ({ field, detail });

const oneOf = (field: string, words: readonly string[]): CustomRefusal =>
  refusal(field, `It is one of ${words.map((word) => `\`${word}\``).join(", ")}.`);
