/** `name=value` pairs of a query or a form as Go's `url.ParseQuery` reads them. */
import { bytesOfText, textOfBytes, textOfLatin1 } from "../byte-text.ts";
import type { GoMap } from "../go-value.ts";

export interface FormValues {
  /** The first value of each name. */
  readonly values: GoMap;
  /** What could not be read, and was left out. */
  readonly problem: string | null;
}

/** `text` as `byte-text.ts` has it. */
export function readFormValues(text: string): FormValues {
  const values: GoMap = new Map();
  let problem: string | null = null;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    if (pair.includes(";")) {
      problem ??= "invalid semicolon separator in query";
      continue;
    }
    const equals = pair.indexOf("=");
    const name = unescaped(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : unescaped(pair.slice(equals + 1));
    if (name === null || value === null) problem ??= `invalid URL escape in ${JSON.stringify(pair)}`;
    else if (!values.has(name)) values.set(name, value);
  }
  return { values, problem };
}

/** Null where a `%` is followed by no two hexadecimal digits. */
function unescaped(text: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return null;
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  const characters = Buffer.from(bytesOfText(spaced)).toString("latin1");
  return textOfLatin1(
    characters.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
  );
}

export const readFormBody = (body: Uint8Array): FormValues => readFormValues(textOfBytes(body));
