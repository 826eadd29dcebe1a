/** Bytes as `hexdump -C` writes them: offset, sixteen bytes, and what of them can be read. */
const columns = 16;
const offsetDigits = 8;

export function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += columns) {
    const row = [...bytes.subarray(at, at + columns)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(offsetDigits, "0")}  ${hex.padEnd(columns * 3 - 1)}  ${text}`);
  }
  return lines.join("\n");
}
