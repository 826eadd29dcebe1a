/**
 * A cursor is a token for a place in the log: format version (1 byte), epoch (12 hexadecimal digits as 6 bytes) and
 * position (6 bytes), in base64url. Clients keep it and give it back; they never read it.
 */
export interface Cursor {
  /** Twelve hexadecimal digits; changes when positions may have been used twice. */
  readonly epoch: string;
  readonly position: number;
}

const formatVersion = 1;
const bytesTotal = 13;

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Every event that is published or fed gets one, so it is written out: three bytes are four digits. */
export function encodeCursor(cursor: Cursor): string {
  const { head, last } = epochDigits(cursor.epoch);
  const high = Math.floor(cursor.position / 2 ** 32);
  const low = cursor.position % 2 ** 32;
  return head + fourDigits((last << 16) | high) + fourDigits(low >>> 8) + fourDigits((low & 0xff) << 16).slice(0, 2);
}

/** A memo of a pure function: cursors that are written one after another are of one epoch. */
let latest = { epoch: "", head: "", last: 0 };

/** The digits of the version and of five bytes of the epoch, and its last byte. */
function epochDigits(epoch: string): { head: string; last: number } {
  if (latest.epoch !== epoch) {
    const high = Number.parseInt(epoch.slice(0, 4), 16);
    const low = Number.parseInt(epoch.slice(4), 16);
    latest = { epoch, head: fourDigits((formatVersion << 16) | high) + fourDigits(low >>> 8), last: low & 0xff };
  }
  return latest;
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
  if (!/^[A-Za-z0-9_-]{18}$/.test(text)) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  if (bytes.length !== bytesTotal || bytes[0] !== formatVersion) return null;
  const view = new DataView(bytes.buffer);
  const cursor = {
    epoch: view.getUint16(1).toString(16).padStart(4, "0") + view.getUint32(3).toString(16).padStart(8, "0"),
    position: view.getUint16(7) * 2 ** 32 + view.getUint32(9),
  };
  return encodeCursor(cursor) === text ? cursor : null;
}
