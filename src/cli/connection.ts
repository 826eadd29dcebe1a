/** Which server is asked, and with which key: from flags, else from the environment. */
import { readFile } from "node:fs/promises";
import { clientVariables } from "../config/client-variables.ts";
import { UsageError } from "./usage-error.ts";

export const defaultUrl = "http://127.0.0.1:3400";

/** Bytes of a file that holds a key. */
const keyFileBytesMax = 4096;

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** Null where none was given: a server that asks for none takes that, too. */
  readonly key: string | null;
}

/** Refuses with a `UsageError`. The key is never repeated in it. */
export async function findConnection(
  flags: { readonly url?: string; readonly keyFile?: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Connection> {
  const fromEnv = env[clientVariables.url];
  const url =
    flags.url !== undefined
      ? readUrl(flags.url, "--url")
      : readUrl(fromEnv === undefined || fromEnv === "" ? defaultUrl : fromEnv, clientVariables.url);
  if (flags.keyFile !== undefined) return { url, key: await readKeyFile(flags.keyFile) };
  const key = env[clientVariables.key]?.trim();
  return { url, key: key === undefined || key === "" ? null : checkedKey(key, clientVariables.key) };
}

function readUrl(text: string, from: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`${from} takes an address such as ${defaultUrl}, not \`${text}\`.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(`${from} takes no user name and password: the key goes into ${clientVariables.key}.`);
  }
  if (url.search !== "" || url.hash !== "") throw new UsageError(`${from} takes an address without \`?\` and \`#\`.`);
  return url.href.replace(/\/+$/, "");
}

async function readKeyFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UsageError(`--key-file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}.`);
  }
  const key = bytes.length > keyFileBytesMax ? "" : bytes.toString("utf8").trim();
  if (key === "") throw new UsageError(`--key-file ${path} holds no key.`);
  return checkedKey(key, `--key-file ${path}`);
}

/** What cannot stand in a header would fail later, with an error that shows it. */
function checkedKey(key: string, from: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new UsageError(`${from} does not hold a key: keys are printable characters without spaces.`);
}
