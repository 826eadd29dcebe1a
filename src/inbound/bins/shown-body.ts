/** What a body that somebody looks at is. Nothing in it is believed; what is read of it is bounded. */
import type { ReceivedRequest } from "../../core/received-request.ts";
import { dataOf } from "../bodies/body.ts";
import { codingOf } from "../bodies/expand.ts";
import { isJson } from "../bodies/json.ts";
import { mediaTypeOf } from "../bodies/media-type.ts";
import { textOf } from "../bodies/text.ts";

export const bodyKinds = ["empty", "json", "form", "multipart", "xml", "text", "binary"] as const;
export type BodyKind = (typeof bodyKinds)[number];

/** Larger ones are shown as they came: what is made of them may be much larger. */
const parsedBytesMax = 1024 * 1024;

type Looked = Pick<ReceivedRequest, "target" | "headers" | "body">;

export function kindOf({ headers, body }: Looked): BodyKind {
  if (body.length === 0) return "empty";
  if (codingOf(headers) !== "") return "binary";
  const { name, charset } = mediaTypeOf(headers);
  if (name === "multipart/form-data") return "multipart";
  const text = textOf(body, charset);
  if (text === null || text.includes("\0")) return "binary";
  if (isJson(body)) return "json";
  if (name === "application/xml" || name === "text/xml" || name.endsWith("+xml")) return "xml";
  return name === "application/x-www-form-urlencoded" ? "form" : "text";
}

/** Of a form, multipart or XML: its parts as JSON; undefined where there is nothing to take apart. */
export async function parsedBody(request: Looked, kind: BodyKind): Promise<unknown> {
  const { body } = request;
  if (!["form", "multipart", "xml"].includes(kind) || body.length > parsedBytesMax) return undefined;
  return JSON.parse(Buffer.from(await dataOf(request, { body, received: body })).toString("utf8"));
}
