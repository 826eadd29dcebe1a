/**
 * Finds the parts of a JSON text without parsing it, so that bytes can be compared as they are: parsing and writing
 * again would hide exactly what the demo is to show (spaces, order of members, escapes, `1.0`). The text is known to be
 * valid: the same bytes were parsed elsewhere.
 */
const quote = 0x22;
const backslash = 0x5c;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const [colon, comma] = [0x3a, 0x2c];

/** The bytes of a top-level member's value, or null where the object has none of this name. */
export function memberBytes(object: Buffer, name: string): Buffer | null {
  const wanted = JSON.stringify(name);
  let at = skipSpace(object, skipSpace(object, 0) + 1);
  while (object[at] === quote) {
    const nameEnd = valueEnd(object, at);
    const isWanted = object.toString("utf8", at, nameEnd) === wanted;
    at = skipSpace(object, nameEnd);
    if (object[at] !== colon) return null;
    const start = skipSpace(object, at + 1);
    const end = valueEnd(object, start);
    if (isWanted) return object.subarray(start, end);
    at = skipComma(object, end);
  }
  return null;
}

/** The bytes of each element of an array. */
export function elementBytes(array: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  let at = skipSpace(array, skipSpace(array, 0) + 1);
  while (at < array.length && array[at] !== closeBracket) {
    const end = valueEnd(array, at);
    elements.push(array.subarray(at, end));
    at = skipComma(array, end);
  }
  return elements;
}

/** The index after the value that begins at `start`. */
function valueEnd(text: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const byte = text[at];
    if (byte === quote) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      // A number or a word ends where what is around it ends.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || isSpace(byte))) return at;
    at += 1;
  }
  return at;
}

function stringEnd(text: Buffer, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === backslash ? 2 : 1;
  return at + 1;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function skipSpace(text: Buffer, start: number): number {
  let at = start;
  while (isSpace(text[at])) at += 1;
  return at;
}

function skipComma(text: Buffer, start: number): number {
  const at = skipSpace(text, start);
  return text[at] === comma ? skipSpace(text, at + 1) : at;
}
