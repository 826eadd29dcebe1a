/** Base64 as Go's decoder reads it: line ends are passed over, and what stands before a mistake is kept. */
export function decodeGoBase64(text: string): { readonly bytes: Uint8Array; readonly isWhole: boolean } {
  const plain = text.replace(/[\r\n]+/g, "");
  const end = plain.search(/[^A-Za-z0-9+/]/);
  const digits = end < 0 ? plain : plain.slice(0, end);
  const rest = plain.slice(digits.length);
  const padding = ["", null, "==", "="][digits.length % 4];
  const isEnded = typeof padding === "string" && rest.startsWith(padding);
  const kept = isEnded ? digits : digits.slice(0, digits.length - (digits.length % 4));
  return { bytes: Buffer.from(kept, "base64"), isWhole: isEnded && rest === padding };
}
