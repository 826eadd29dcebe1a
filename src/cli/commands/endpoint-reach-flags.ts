/** How receivers know Trotline, as flags. What is secret comes from files: every user of a machine can read flags. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { limits } from "../../core/limits.ts";
import type { EndpointSettings, NewAuthorization } from "../../sdk/wire.ts";
import { choiceFlag } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export interface ReachFlags {
  /** An empty text is none. */
  readonly authorization?: NewAuthorization | "";
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly verification?: "none" | "challenge" | "cloudevents";
}

export function addReachFlags(command: Command): Command {
  const file = (name: string, sentence: string): Option => new Option(`${name} <file>`, sentence);
  return command
    .addOption(
      file("--authorization", "JSON with `type` and its credentials (docs/receivers.md); '' is none").argParser(
        readAuthorization,
      ),
    )
    .addOption(file("--tls-certificate", "PEM, shown to the receiver; '' is none").argParser(pem("--tls-certificate")))
    .addOption(file("--tls-key", "PEM, its private key").argParser(pem("--tls-key")))
    .addOption(file("--tls-ca", "PEM, certificates to trust; '' is the built-in ones").argParser(pem("--tls-ca")))
    .addOption(
      choiceFlag(
        "--verification",
        ["none", "challenge", "cloudevents"],
        "what its URL must answer before it is stored",
      ),
    );
}

/** Only what was given. TLS settings are replaced whole. */
export function reachSettings(flags: ReachFlags): EndpointSettings {
  const { authorization, tlsCertificate: certificate, tlsKey: key, tlsCa: ca, verification } = flags;
  const given = { ...(certificate && { certificate }), ...(key && { key }), ...(ca && { ca }) };
  const isTlsNamed = certificate !== undefined || key !== undefined || ca !== undefined;
  return {
    ...(authorization !== undefined && { authorization: authorization === "" ? null : authorization }),
    ...(isTlsNamed && { tls: Object.keys(given).length === 0 ? null : given }),
    ...(verification !== undefined && { verification }),
  };
}

const pem =
  (flag: string) =>
  (path: string): string =>
    path === "" ? "" : fileText(path, flag);

function readAuthorization(path: string): NonNullable<ReachFlags["authorization"]> {
  if (path === "") return "";
  try {
    return JSON.parse(fileText(path, "--authorization"));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--authorization: ${path} is not JSON.`); // Nothing of it is repeated: it holds credentials.
  }
}

function fileText(path: string, flag: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${flag}: ${path} cannot be read.`);
  }
  if (text.length > limits.authoritiesLength) throw new UsageError(`${flag}: ${path} is too long.`);
  return text;
}
