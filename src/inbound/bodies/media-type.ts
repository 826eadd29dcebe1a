import { headerValues } from "../../core/received-request.ts";

/** What a request says its body is. */
export interface MediaType {
  /** In lower case and without parameters; empty where nothing is said. */
  readonly name: string;
  readonly charset: string | null;
  /** As it came, for whoever looks for other parameters. */
  readonly text: string;
}

export function mediaTypeOf(headers: readonly string[]): MediaType {
  const text = headerValues(headers, "content-type")[0] ?? "";
  const [name = ""] = text.split(";", 1);
  const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(text)?.[1] ?? null;
  return { name: name.trim().toLowerCase(), charset, text };
}
