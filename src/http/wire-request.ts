/** A received request as JSON. What in its head lets others in is hidden. */
import { credentialName } from "../core/credential-name.ts";
import type { ReceivedRequest } from "../core/received-request.ts";
import type { Source } from "../core/source.ts";
import { type Place, parsePlace } from "../core/value-place.ts";
import { schemeOf } from "../inbound/scheme-of.ts";
import type { ReceivedRequestBody } from "./schemas/receipt.ts";
import { wireTime } from "./wire-time.ts";

const hidden = "(hidden)";
/** A value that is found by chance in what is no credential must not hide it. */
const secretLengthMin = 4;

/** `source` is the one that the request came to; undefined where it is gone. */
export function wireRequest(request: ReceivedRequest, source: Source | undefined): ReceivedRequestBody {
  const secrets = (source?.secrets ?? []).map(({ value }) => value).filter(({ length }) => length >= secretLengthMin);
  const token = source === undefined ? null : tokenPlace(source);
  const isSecret = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  const isCredential = (name: string, value: string): boolean =>
    credentialName.test(name) || name.toLowerCase() === token?.name.toLowerCase() || isSecret(value);
  const headers: string[][] = [];
  for (let index = 0; index < request.headers.length; index += 2) {
    const name = request.headers[index] ?? "";
    const value = request.headers[index + 1] ?? "";
    headers.push([name, isCredential(name, value) ? hidden : value]);
  }
  return {
    method: request.method,
    target: shownTarget(request.target, { isCredential, isSecret }),
    headers,
    address: request.address,
    protocol: request.protocol,
    received_at: wireTime(request.receivedAtMs),
    ...wireBody(request.body),
  };
}

/** Where the scheme has the secret itself, also one that did not fit; null where it signs. */
function tokenPlace({ scheme: choice }: Source): Place | null {
  const scheme = schemeOf(choice);
  const custom = scheme?.customOf?.("", "preset" in choice ? choice.settings : {}) ?? scheme?.custom;
  if (custom?.algorithm !== "token") return null;
  const place = parsePlace(custom.signature.place);
  return typeof place === "string" ? null : place;
}

interface Judges {
  isCredential(name: string, value: string): boolean;
  isSecret(text: string): boolean;
}

/** Path and query, of which values of credentials are hidden and all else is as it came. */
function shownTarget(target: string, { isCredential, isSecret }: Judges): string {
  const start = target.indexOf("?");
  const whole = start < 0 ? target : target.slice(0, start);
  // What is behind the source's name is the provider's to say.
  const path = isSecret(decoded(whole)) ? whole.replace(/^((?:\/[^/]*){0,2}).*$/, `$1/${hidden}`) : whole;
  if (start < 0) return path;
  const shown = target
    .slice(start + 1)
    .split("&")
    .map((parameter) => {
      const [name = "", ...values] = parameter.split("=");
      if (isSecret(decoded(name))) return hidden;
      return isCredential(decoded(name), decoded(values.join("="))) && values.length > 0
        ? `${name}=${hidden}`
        : parameter;
    });
  return `${path}?${shown.join("&")}`;
}

/** Of a parameter; as it is where it is none of URI's escapes. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** As text only where it comes back byte for byte. */
function wireBody(body: Uint8Array): { body: string } | { body_base64: string } {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { body_base64: Buffer.from(body.buffer, body.byteOffset, body.length).toString("base64") };
  }
}
