/**
 * A cursor is a token for a place in the log: format version (1 byte), epoch (8 hexadecimal digits as 4 bytes) and
 * position (6 bytes), in base64url. Clients keep it and give it back; they never read it.
 */
export interface Cursor {
  /** Eight hexadecimal digits; changes when positions may have been used twice. */
  readonly epoch: string;
  readonly position: number;
}

const formatVersion = 1;
const bytesTotal = 11;

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Every event that is published or fed gets one, so it is written out: three bytes are four digits. */
export function encodeCursor(cursor: Cursor): string {
  const epoch = Number.parseInt(cursor.epoch, 16);
  const high = Math.floor(cursor.position / 2 ** 32);
  const low = cursor.position % 2 ** 32;
  return (
    fourDigits((formatVersion << 16) | (epoch >>> 16)) +
    fourDigits(((epoch & 0xffff) << 8) | (high >>> 8)) +
    fourDigits(((high & 0xff) << 16) | (low >>> 16)) +
    fourDigits((low & 0xffff) << 8).slice(0, 3)
  );
}

function fourDigits(bits: number): string {
  return (
    (digits[(bits >>> 18) & 63] ?? "") +
    (digits[(bits >>> 12) & 63] ?? "") +
    (digits[(bits >>> 6) & 63] ?? "") +
    (digits[bits & 63] ?? "")
  );
}

/**
 * The cursor, or null where the text is not one (foreign, truncated, or of a format that this version does not know).
 */
export function decodeCursor(text: string): Cursor | null {
  if (!/^[A-Za-z0-9_-]{15}$/.test(text)) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  if (bytes.length !== bytesTotal || bytes[0] !== formatVersion) return null;
  const view = new DataView(bytes.buffer);
  const cursor = {
    epoch: view.getUint32(1).toString(16).padStart(8, "0"),
    position: view.getUint16(5) * 2 ** 32 + view.getUint32(7),
  };
  return encodeCursor(cursor) === text ? cursor : null;
}
