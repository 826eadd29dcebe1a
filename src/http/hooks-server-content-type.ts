/**
 * The content type of an answer that names none, told from its first bytes as adnanh/webhook tells it: by the rules of
 * https://mimesniff.spec.whatwg.org/ for resources without a known type.
 */

const lookedAtBytes = 512;

interface Signature {
  readonly type: string;
  /** In hexadecimal; `??` is any byte. */
  readonly bytes: string;
  /** White space may stand before it. */
  readonly isIndented?: true;
}

const text = (characters: string): string => Buffer.from(characters, "latin1").toString("hex");

const htmlTags =
  "<!DOCTYPE HTML,<HTML,<HEAD,<SCRIPT,<IFRAME,<H1,<DIV,<FONT,<TABLE,<A,<STYLE,<TITLE,<B,<BODY,<BR,<P,<!--".split(",");

const signatures: readonly Signature[] = [
  { type: "text/xml; charset=utf-8", bytes: text("<?xml"), isIndented: true },
  { type: "application/pdf", bytes: text("%PDF-") },
  { type: "application/postscript", bytes: text("%!PS-Adobe-") },
  { type: "text/plain; charset=utf-16be", bytes: "feff????" },
  { type: "text/plain; charset=utf-16le", bytes: "fffe????" },
  { type: "text/plain; charset=utf-8", bytes: "efbbbf??" },
  { type: "image/x-icon", bytes: "00000100" },
  { type: "image/x-icon", bytes: "00000200" },
  { type: "image/bmp", bytes: text("BM") },
  { type: "image/gif", bytes: text("GIF87a") },
  { type: "image/gif", bytes: text("GIF89a") },
  { type: "image/webp", bytes: `${text("RIFF")}????????${text("WEBPVP")}` },
  { type: "image/png", bytes: "89504e470d0a1a0a" },
  { type: "image/jpeg", bytes: "ffd8ff" },
  { type: "audio/aiff", bytes: `${text("FORM")}????????${text("AIFF")}` },
  { type: "audio/mpeg", bytes: text("ID3") },
  { type: "application/ogg", bytes: text("OggS\0") },
  { type: "audio/midi", bytes: `${text("MThd")}00000006` },
  { type: "video/avi", bytes: `${text("RIFF")}????????${text("AVI ")}` },
  { type: "audio/wave", bytes: `${text("RIFF")}????????${text("WAVE")}` },
  { type: "video/webm", bytes: "1a45dfa3" },
  { type: "application/vnd.ms-fontobject", bytes: `${"??".repeat(34)}${text("LP")}` },
  { type: "font/ttf", bytes: "00010000" },
  { type: "font/otf", bytes: text("OTTO") },
  { type: "font/collection", bytes: text("ttcf") },
  { type: "font/woff", bytes: text("wOFF") },
  { type: "font/woff2", bytes: text("wOF2") },
  { type: "application/x-gzip", bytes: "1f8b08" },
  { type: "application/zip", bytes: text("PK\x03\x04") },
  { type: "application/x-rar-compressed", bytes: text("Rar!\x1a\x07\0") },
  { type: "application/x-rar-compressed", bytes: text("Rar!\x1a\x07\x01\0") },
  { type: "application/wasm", bytes: text("\0asm") },
];

export function sniffedContentType(body: Uint8Array): string {
  const bytes = Buffer.from(body.subarray(0, lookedAtBytes));
  let start = 0;
  while (start < bytes.length && isSpace(bytes[start] ?? 0)) start += 1;
  const content = bytes.subarray(start);
  if (htmlTags.some((tag) => beginsWithTag(content, tag))) return "text/html; charset=utf-8";
  for (const { type, bytes: wanted, isIndented } of signatures) {
    if (beginsWith(isIndented ? content : bytes, wanted)) return type;
  }
  if (isMp4(bytes)) return "video/mp4";
  return content.some(isBinary) ? "application/octet-stream" : "text/plain; charset=utf-8";
}

const isSpace = (byte: number): boolean => byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 32;

const isBinary = (byte: number): boolean =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);

/** In any case, with a space or `>` behind it. */
function beginsWithTag(content: Buffer, tag: string): boolean {
  const next = content[tag.length];
  return content.toString("latin1", 0, tag.length).toUpperCase() === tag && (next === 0x20 || next === 0x3e);
}

function beginsWith(bytes: Buffer, wanted: string): boolean {
  if (bytes.length < wanted.length / 2) return false;
  for (let at = 0; at < wanted.length; at += 2) {
    const pair = wanted.slice(at, at + 2);
    if (pair !== "??" && Number.parseInt(pair, 16) !== bytes[at / 2]) return false;
  }
  return true;
}

/** A box `ftyp` of a size that fits, which names a brand that begins with `mp4`. */
function isMp4(bytes: Buffer): boolean {
  if (bytes.length < 12) return false;
  const size = bytes.readUInt32BE(0);
  if (size % 4 !== 0 || bytes.length < size || bytes.toString("latin1", 4, 8) !== "ftyp") return false;
  for (let at = 8; at < size; at += 4) {
    if (at !== 12 && bytes.toString("latin1", at, at + 3) === "mp4") return true;
  }
  return false;
}
