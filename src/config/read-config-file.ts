import { TrotlineError } from "../core/errors.ts";

/** Bytes of a configuration file. */
const fileBytesMax = 1024 * 1024;

/** The members of a YAML or JSON file (JSON is YAML). Refuses with `config-unreadable`. */
export async function readConfigFile(
  path: string,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<Record<string, unknown>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
  if (bytes.length > fileBytesMax) throw unreadable(path, `it is larger than ${fileBytesMax} bytes`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, "it is not UTF-8", error);
  }
  const { parse } = await import("yaml"); // Here, because most starts have no file and need not pay for it.
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 0, prettyErrors: true });
  } catch (error) {
    const sentence = (error as Error).message.split("\n")[0]?.replace(/:$/, "") ?? "syntax";
    throw unreadable(path, sentence, error);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== "object" || Array.isArray(content)) throw unreadable(path, "it is not a map of options");
  return content as Record<string, unknown>;
}

function unreadable(path: string, reason: string, cause?: unknown): TrotlineError {
  return new TrotlineError("config-unreadable", `${path} cannot be read: ${reason}.`, { cause });
}
