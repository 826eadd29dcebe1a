/** Tokens that come with a request: in one header or one parameter of the URL, and never in both. */
import { headerValues } from "../../core/received-request.ts";
import { tryEach } from "./declared.ts";
import { refusal } from "./refusal.ts";
import { queryOf } from "./request-parts.ts";
import type { SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { isSameText } from "./signature-key.ts";

export interface TokenPlaces {
  readonly header: string;
  /** Stands before the token in the header, such as `Bearer`; compared without case. Empty for none. */
  readonly word: string;
  readonly parameter: string;
}

export function verifyToken(
  places: TokenPlaces,
  request: Pick<SchemeRequest, "headers" | "url">,
  { secrets }: Pick<VerifyContext, "secrets">,
): Verdict {
  const inHeader = headerValues(request.headers, places.header);
  const inQuery = queryOf(request).getAll(places.parameter);
  if (inHeader.length + inQuery.length > 1) return refusal("signature_repeated", "There is more than one token.");
  const given = inHeader.length === 1 ? bareToken(inHeader[0] ?? "", places.word) : (inQuery[0] ?? null);
  if (given === null || given === "") {
    const where = places.word === "" ? places.header : `${places.header}: ${places.word}`;
    return refusal("signature_missing", `There is no token in \`${where}\` or \`?${places.parameter}=\`.`);
  }
  return tryEach(secrets, (secret) => isSameText(given, secret));
}

function bareToken(value: string, word: string): string | null {
  if (word === "") return value;
  const [first = "", ...rest] = value.split(" ");
  return first.toLowerCase() === word.toLowerCase() && rest.length === 1 ? (rest[0] ?? null) : null;
}

/** What a token may be, so that a header and a URL can carry it. */
export const tokenTextRefusal = (text: string): string | null =>
  /^[A-Za-z0-9._~+/=-]{16,1024}$/.test(text)
    ? null
    : "A token has 16 to 1024 letters, digits and characters of `._~+/=-`.";
