/**
 * Text that may hold bytes which are no UTF-8, as strings of Go may: such a byte is the lone surrogate U+DC00 + byte.
 * So the text is the text wherever it is one, and the bytes are never lost.
 */
const escapeBase = 0xdc00;

export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text, "utf8").equals(buffer)) return text;
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceLength(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(buffer.toString("utf8", start, at), String.fromCharCode(escapeBase + (buffer[at] ?? 0)));
    at += 1;
    start = at;
  }
  parts.push(buffer.toString("utf8", start));
  return parts.join("");
}

/** A text whose characters stand for bytes, as Node gives headers. */
export const textOfLatin1 = (characters: string): string => textOfBytes(Buffer.from(characters, "latin1"));

const escaped = /[\udc80-\udcff]/;

export function bytesOfText(text: string): Uint8Array {
  if (!escaped.test(text)) return Buffer.from(text, "utf8");
  const parts: Uint8Array[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
    parts.push(isByte ? Uint8Array.of(code - escapeBase) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}

/** How many bytes the character at this place has; 0 where it is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let index = 2; index < length; index++) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
