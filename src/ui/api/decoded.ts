/** A part of an address as it is read; as it stands where somebody mistyped it. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
