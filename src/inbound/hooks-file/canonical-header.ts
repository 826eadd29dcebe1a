const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `x-hub-signature` is `X-Hub-Signature`; a name that cannot be a header's stays as it is. */
export function canonicalHeader(name: string): string {
  if (!token.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
