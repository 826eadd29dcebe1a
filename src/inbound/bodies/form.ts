import { limits } from "../../core/limits.ts";
import { isJson, jsonOf } from "./json.ts";

type Values = Record<string, string | string[]>;

/** Names and values as an object; a name that stands more than once has a list. */
export function objectOf(pairs: Iterable<readonly [name: string, value: string]>): Values {
  const values: Values = Object.create(null);
  for (const [name, value] of pairs) {
    const known = values[name];
    if (known === undefined) values[name] = value;
    else if (typeof known === "string") values[name] = [known, value];
    else known.push(value);
  }
  return values;
}

/**
 * Null where there are more fields than anybody reads. GitHub sends its JSON as the one field `payload`, and Slack's
 * interactions come so, too: then the data are that JSON.
 */
export function formData(text: string): Buffer | null {
  if (text.split("&", limits.receivedFields + 1).length > limits.receivedFields) return null;
  // A `?` in front would be taken for a URL's.
  const fields = new URLSearchParams(`&${text}`);
  const payload = fields.get("payload");
  if (fields.size === 1 && payload !== null) {
    const bytes = Buffer.from(payload);
    if (isJson(bytes)) return bytes;
  }
  return jsonOf(objectOf(fields));
}

/** What stands for a body where there is none: the query. */
export function queryData(target: string): Buffer {
  const start = target.indexOf("?");
  return (start === -1 ? null : formData(target.slice(start + 1))) ?? jsonOf({});
}
