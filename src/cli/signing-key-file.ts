/** A pair of keys that outlives the run: the receiver is given the public one once. */
import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import type { Scheme } from "../inbound/schemes/scheme.ts";
import { ClientFailure } from "./failure-text.ts";

export interface SigningPair {
  /** What the receiver verifies with. */
  readonly secret: string;
  readonly signingKey: string;
}

export const madePair = ({ signer, name }: Scheme): SigningPair => {
  if (signer === null) throw new ClientFailure(`Nobody can sign as \`${name}\`.`, []);
  return signer.makeSecret((count) => randomBytes(count));
};

/** The pair in the file, which is made where it is not there. */
export async function pairIn(path: string, scheme: Scheme): Promise<SigningPair> {
  let text: string | null;
  try {
    // A device or a pipe says no size, and may never end.
    text = (await stat(path)).isFile() ? await readFile(path, "utf8") : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusable(path, (error as Error).message);
    return keepPair(path, scheme.name, madePair(scheme));
  }
  if (text === null) throw unusable(path, "it is not a file");
  const { scheme: name, public_key: secret, signing_key: signingKey } = parsed(text, path);
  if (name !== scheme.name) throw unusable(path, `it is of \`${String(name)}\`, and not of \`${scheme.name}\``);
  if (typeof secret === "string" && typeof signingKey === "string") return { secret, signingKey };
  throw unusable(path, "it has no `public_key` and `signing_key`");
}

async function keepPair(path: string, scheme: string, pair: SigningPair): Promise<SigningPair> {
  const kept = { scheme, public_key: pair.secret, signing_key: pair.signingKey };
  try {
    await writeFile(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw unusable(path, (error as Error).message);
  }
  return pair;
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {} // Told below.
  throw unusable(path, "it is no JSON object");
}

const unusable = (path: string, why: string): ClientFailure =>
  new ClientFailure(`--signing-key-file ${path} cannot be used: ${why}.`, [
    "A file that is not there yet is made, with a new pair of keys.",
  ]);
