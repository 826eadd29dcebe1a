/** `type; name=value` as Go's `mime.ParseMediaType` reads it. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A quoted text is read in one way only: one that has no end must not be tried in every other. */
const parameter =
  /\s*;\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:"([^"\\\r\n]*(?:\\[\s\S][^"\\\r\n]*)*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+))/y;
const escaped = /\\([()<>@,;:\\"/[\]?=])/g;
const type = /^[!#$%&'*+\-.^_`|~0-9a-z]+(\/[!#$%&'*+\-.^_`|~0-9a-z]+)?$/;

/** Null where it is not to be read. */
export function readMediaType(text: string): MediaType | null {
  const semicolon = text.indexOf(";");
  const base = (semicolon < 0 ? text : text.slice(0, semicolon)).toLowerCase().trim();
  if (!type.test(base)) return null;
  const parameters = new Map<string, string>();
  let at = semicolon < 0 ? text.length : semicolon;
  while (at < text.length) {
    parameter.lastIndex = at;
    const found = parameter.exec(text);
    if (found === null) return ["", ";"].includes(text.slice(at).trim()) ? { type: base, parameters } : null;
    const [whole, name = "", quoted, token = ""] = found;
    at += whole.length;
    const value = quoted === undefined ? token : quoted.replace(escaped, "$1");
    const key = name.toLowerCase();
    if (parameters.has(key) && parameters.get(key) !== value) return null;
    parameters.set(key, value);
  }
  return { type: base, parameters: withDecoded(parameters) };
}

/** `filename*=utf-8''a%20b` is a `filename` too. */
function withDecoded(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const whole = new Map(parameters);
  for (const [name, value] of parameters) {
    if (!name.endsWith("*")) continue;
    whole.delete(name);
    const escapedText = /^(?:us-ascii|utf-8)'[^']*'((?:[^%]|%[0-9a-f]{2})*)$/i.exec(value)?.[1];
    if (escapedText === undefined) continue;
    const decoded = escapedText.replace(/%(..)/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    whole.set(name.slice(0, -1), decoded);
  }
  return whole;
}
