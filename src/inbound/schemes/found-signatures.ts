/** What a request says of itself, before anything of it is believed: its signatures, time, and what was signed. */
import { limits } from "../../core/limits.ts";
import type { CustomScheme } from "../../core/scheme.ts";
import { type ContentPiece, parseContent } from "../../core/signed-content.ts";
import { type Place, parsePlace } from "../../core/value-place.ts";
import { refusal } from "./refusal.ts";
import type { RequestValues } from "./request-values.ts";
import type { Refusal } from "./scheme.ts";
import { decodeSignature } from "./signature-key.ts";

/** A scheme with its templates and places read. */
export interface CompiledScheme {
  readonly custom: CustomScheme;
  readonly signature: Place;
  readonly timestamp: Place | null;
  readonly id: Place | null;
  readonly content: readonly ContentPiece[];
  /** The signed time is a part of the body as such, so that the body is believed before it is read for its time. */
  readonly isTimeInBody: boolean;
}

/** Throws where the scheme is one that `customRefusal` refuses. */
export function compileScheme(custom: CustomScheme): CompiledScheme {
  const content = parseContent(custom.content);
  if (typeof content === "string") throw new Error(`a content that ${content}`);
  const { id } = custom;
  const timestamp = custom.timestamp === null ? null : placeOf(custom.timestamp.place);
  const isTimePiece = content.some((piece) => "value" in piece && piece.value === "timestamp");
  return {
    custom,
    signature: placeOf(custom.signature.place),
    timestamp,
    id: id === null ? null : placeOf(id),
    content,
    isTimeInBody: (timestamp?.kind === "body" || timestamp?.kind === "form") && !isTimePiece,
  };
}

function placeOf(text: string): Place {
  const place = parsePlace(text, true);
  if (typeof place === "string") throw new Error(`a place that ${place}`);
  return place;
}

/** Characters of a signature, or of another value that is signed: a header has no more, a member of a body could. */
const valueLengthMax = 16_384;

/** The value at the signature's place, which must be one. */
function signatureValue({ custom, signature }: CompiledScheme, values: RequestValues): string | Refusal {
  const { place } = custom.signature;
  const found = values.all(signature);
  if (found.length === 0) return refusal("signature_missing", `There is no \`${place}\`.`);
  if (found.length > 1) return refusal("signature_repeated", `\`${place}\` stands ${found.length} times.`);
  const [value = ""] = found;
  return value.length > valueLengthMax ? refusal("signature_malformed", `\`${place}\` is too long.`) : value;
}

/** Signatures as they are written, without their prefix. */
export function foundSignatures(compiled: CompiledScheme, values: RequestValues): readonly string[] | Refusal {
  const value = signatureValue(compiled, values);
  if (typeof value !== "string") return value;
  const { form, separator, name, prefix, place } = compiled.custom.signature;
  const written =
    form === "one"
      ? [value]
      : form === "list"
        ? value.split(separator).map(withoutSpace)
        : pairsOf(value, separator).flatMap(([key, text]) => (key === name ? [text] : []));
  const own = written.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length));
  if (own.length === 0 || own.includes("")) {
    const expected = form === "pairs" ? `\`${name}=\`` : prefix === "" ? "text" : `\`${prefix}\``;
    return refusal("signature_malformed", `\`${place}\` has no signature that begins with ${expected}.`);
  }
  const { signaturesPerRequest } = limits;
  if (own.length > signaturesPerRequest) {
    return refusal("signature_malformed", `\`${place}\` has more than ${signaturesPerRequest} signatures.`);
  }
  return own;
}

/** The same as bytes. */
export function signatureBytes(compiled: CompiledScheme, texts: readonly string[]): readonly Buffer[] | Refusal {
  const { encoding, place } = compiled.custom.signature;
  const bytes = texts.map((text) => decodeSignature(text, encoding)).filter((decoded) => decoded !== null);
  if (bytes.length > 0) return bytes;
  const policy = encoding === "hex" ? "hexadecimal digits in lower case" : encoding;
  return refusal("signature_malformed", `The signature in \`${place}\` is not ${policy}.`);
}

/** The signed time as it is written. */
export function foundTime(compiled: CompiledScheme, values: RequestValues): string | Refusal {
  const { timestamp, custom } = compiled;
  if (timestamp === null) return "";
  const place = custom.timestamp?.place ?? "";
  const value = timestamp.kind === "pair" ? signatureValue(compiled, values) : null;
  if (value !== null && typeof value !== "string") return value;
  const found =
    value === null
      ? values.all(timestamp)
      : pairsOf(value, custom.signature.separator).flatMap(([key, text]) => (key === timestamp.name ? [text] : []));
  if (found.length === 0) return refusal("timestamp_missing", `There is no \`${place}\`.`);
  if (found.length > 1) return refusal("timestamp_malformed", `\`${place}\` stands ${found.length} times.`);
  return found[0] ?? "";
}

/** What was signed, in parts that stand one behind the other. */
export function signedParts(
  compiled: CompiledScheme,
  values: RequestValues,
  { timestamp, url }: { timestamp: string; url: string },
): readonly (string | Uint8Array)[] | Refusal {
  const { request } = values;
  const parts: (string | Uint8Array)[] = [];
  for (const piece of compiled.content) {
    if ("text" in piece) parts.push(piece.text);
    else if ("place" in piece || piece.value === "id") {
      const place = "place" in piece ? piece.place : compiled.id;
      const part = place === null ? "" : signedValue(place, values);
      if (typeof part === "object" && "ok" in part) return part;
      parts.push(part);
    } else if (piece.value === "body") parts.push(request.body);
    else if (piece.value === "timestamp") parts.push(timestamp);
    else parts.push(piece.value === "url" ? url : request.method);
  }
  return parts;
}

function signedValue(place: Place, values: RequestValues): string | Uint8Array | Refusal {
  const [value, ...others] = values.all(place);
  const name = `\`${place.kind}:${place.name}\``;
  if (value === undefined) return refusal("signature_malformed", `${name} is signed, and missing.`);
  if (others.length > 0) return refusal("signature_repeated", `${name} is signed, and stands more than once.`);
  if (value.length > valueLengthMax) return refusal("signature_malformed", `${name} is signed, and too long.`);
  return place.kind === "header" ? Buffer.from(value, "latin1") : value;
}

function pairsOf(value: string, separator: string): (readonly [name: string, text: string])[] {
  return value.split(separator).map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? (["", ""] as const) : ([withoutSpace(pair.slice(0, equals)), pair.slice(equals + 1)] as const);
  });
}

/** What stands behind a separator may have one space before it, and no other. */
const withoutSpace = (text: string): string => (text.startsWith(" ") ? text.slice(1) : text);
