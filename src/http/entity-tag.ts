/**
 * Whether a client has what this tag stands for, given without its quotes: whichever way the answer was compressed, and
 * also where a proxy on the way has made the tag a weak one (RFC 9110, section 13.1.2).
 */
export function isKnownTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((part) => part.trim());
  return tags.some((known) => known === "*" || /^(?:W\/)?"([0-9a-f]+)(?:-\w+)?"$/.exec(known)?.[1] === tag);
}
