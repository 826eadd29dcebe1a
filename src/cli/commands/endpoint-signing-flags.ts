/** How deliveries are signed, as flags. Secrets come from files: every user of a machine can read flags. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { signingSchemes } from "../../core/endpoint-signing.ts";
import { limits } from "../../core/limits.ts";
import type { EndpointSettings, Signing } from "../../sdk/wire.ts";
import { UsageError } from "../usage-error.ts";

export interface SigningFlags {
  readonly signing?: Signing;
  readonly secretFile?: string;
}

export function addSigningFlags(command: Command): Command {
  const sentence = `${signingSchemes.join(", ")}, or JSON with \`scheme\` and its members (docs/signing.md)`;
  return command
    .addOption(new Option("--signing <scheme>", sentence).argParser(readSigning))
    .addOption(secretFileFlag("holds the secret that signs, in place of all others"));
}

/** Only what was given. */
export function signingSettings({ signing, secretFile }: SigningFlags): EndpointSettings {
  return {
    ...(signing !== undefined && { signing }),
    ...(secretFile !== undefined && { secrets: [secretFile] }),
  };
}

/** Its value is what the file holds, without white space around it. */
export const secretFileFlag = (sentence: string, lengthMax: number = limits.secretLength): Option =>
  new Option("--secret-file <path>", `file that ${sentence}`).argParser((path: string) => {
    let text: string;
    try {
      text = readFileSync(path, "utf8").trim();
    } catch {
      throw new UsageError(`--secret-file: ${path} cannot be read.`);
    }
    if (text === "") throw new UsageError(`--secret-file: ${path} is empty.`);
    if (text.length > lengthMax) throw new UsageError(`--secret-file: ${path} is too long for a secret.`);
    return text;
  });

function readSigning(raw: string): Signing {
  const scheme = signingSchemes.find((known) => known === raw);
  if (scheme !== undefined) return { scheme };
  if (!raw.trimStart().startsWith("{")) {
    throw new UsageError(`--signing takes ${signingSchemes.join(", ")}, or a JSON object with \`scheme\` in it.`);
  }
  try {
    return JSON.parse(raw);
  } catch (error) {
    throw new UsageError(`--signing is not JSON: ${(error as Error).message}.`);
  }
}
