/** Where a listener stopped: a file of the user's, so that the next one goes on from there. */
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ClientFailure } from "../failure-text.ts";

/** Bytes of a file of this folder. */
const fileBytesMax = 16 * 1024;

interface ListeningPlace {
  /** What was kept; null where there is nothing. */
  readonly kept: { readonly cursor: string; readonly at: string } | null;
  save(cursor: string): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** As the XDG base directory specification says (https://specifications.freedesktop.org/basedir-spec/latest/). */
export function stateFolder(env: Environment): string {
  const given = env.XDG_STATE_HOME || (process.platform === "win32" ? env.LOCALAPPDATA : undefined);
  return join(given || join(homedir(), ".local", "state"), "trotline", "listen");
}

/** `identity` is everything that two listeners must share to stand at one place. With `from`, what was kept counts no more. */
export async function openPlace(
  folder: string,
  identity: readonly unknown[],
  from: string | undefined,
): Promise<ListeningPlace> {
  const name = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 32);
  const path = join(folder, `${name}.json`);
  const text = from === undefined ? await readText(path) : null;
  return {
    kept: text === null ? null : keptIn(text, path),
    save: (cursor) => writeWhole(path, `${JSON.stringify({ cursor, at: new Date().toISOString() })}\n`),
  };
}

/** The secret that published events are signed with, made once for this user. */
export async function localSecret(folder: string): Promise<string> {
  const path = join(folder, "secret");
  const kept = (await readText(path))?.trim();
  if (kept !== undefined && /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(kept)) return kept;
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  await writeWhole(path, `${secret}\n`);
  return secret;
}

function keptIn(text: string, path: string): { readonly cursor: string; readonly at: string } {
  try {
    const { cursor, at } = JSON.parse(text);
    if (typeof cursor === "string" && typeof at === "string") return { cursor, at };
  } catch {} // Told below.
  throw new ClientFailure(`${path} holds no place to go on from.`, ["--from says where to begin, and replaces it."]);
}

/** Null where there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path);
    return bytes.subarray(0, fileBytesMax).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw unusable(path, error);
  }
}

/** In the place of the old file at once, so that a crash leaves one or the other. */
async function writeWhole(path: string, text: string): Promise<void> {
  const folder = join(path, "..");
  const draft = `${path}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: 0o600 });
    await chmod(draft, 0o600); // Also where the draft was left by one that died.
    await rename(draft, path);
  } catch (error) {
    throw unusable(path, error);
  }
}

const unusable = (path: string, error: unknown): ClientFailure =>
  new ClientFailure(`The place in ${path} cannot be kept: ${(error as NodeJS.ErrnoException).code ?? error}.`, [
    "XDG_STATE_HOME names another folder; --consumer NAME keeps the place on the server.",
  ]);
