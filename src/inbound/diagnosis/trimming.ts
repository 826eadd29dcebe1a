/** Ends cut off in one pass: what strangers send may be spaces, quotes or new lines by the thousand. */

export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

export function withoutEnds(text: string, characters: string): string {
  const cut = withoutEnd(text, characters);
  let start = 0;
  while (start < cut.length && characters.includes(cut.charAt(start))) start += 1;
  return cut.slice(start);
}
