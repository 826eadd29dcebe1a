/** `trotline sources create` and `change`: the settings of a source as flags. */
import { type Command, Option } from "commander";
import { decimal, integer, optional } from "../../config/option-kinds.ts";
import { limits } from "../../core/limits.ts";
import { deduplications, sourceMethods } from "../../core/source.ts";
import type { NewSchemeChoice, NewSourceAnswer, SourceMethod, SourceSettings } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { choiceFlag, listFlag, textArgument, textFlag, valueFlag } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { secretFileFlag } from "./endpoint-signing-flags.ts";

interface SettingFlags extends ClientFlags {
  readonly scheme?: string;
  readonly setting?: Readonly<Record<string, string>>;
  readonly unverified?: boolean;
  readonly secretFile?: string;
  readonly description?: string;
  readonly methods?: readonly string[];
  readonly allowAddresses?: readonly string[];
  readonly bodyBytesMax?: number;
  /** Commander makes an empty text of the null that `none` is. */
  readonly rate?: number | "";
  readonly burst?: number;
  readonly deduplication?: (typeof deduplications)[number];
  readonly answerStatus?: number;
  readonly answerBody?: string;
  readonly answerType?: string;
}

export function createSourceCommand(): Command {
  const command = clientCommand("create", {
    summary: "make a source; its secrets are printed with it",
    example: "trotline sources create github --scheme github",
  })
    .addArgument(textArgument("name", "in its URL, and the first part of its events' types"))
    .addOption(textFlag("--tenant <tenant>", "whose its events are"))
    .option("--paused", "it takes nothing yet, and needs no secret until it is resumed");
  return addClientFlags(addSettings(command)).action(
    (name: string, { tenant, paused, ...flags }: SettingFlags & { tenant?: string; paused?: boolean }) => {
      const scheme = schemeOf(flags);
      if (scheme === undefined) throw new UsageError("`sources create` needs --scheme, or --unverified.");
      const wanted = {
        name,
        scheme,
        ...settingsOf(flags),
        ...(tenant !== undefined && { tenant }),
        ...(paused && { status: "paused" as const }),
      };
      return inSession(flags, async (session) =>
        printOne(session, await session.client.sources.create(wanted, { signal: session.signal })),
      );
    },
  );
}

export function changeSourceCommand(): Command {
  const command = clientCommand("change", {
    summary: "change a source; what is not named stays",
    example: "trotline sources change github --allow-addresses 140.82.112.0/20,192.30.252.0/22",
  })
    .addArgument(textArgument("source", "name or id of the source"))
    .addOption(textFlag("--name <name>", "its name, and its URL, from now on"));
  return addClientFlags(addSettings(command)).action(
    async (source: string, { name, ...flags }: SettingFlags & { name?: string }) => {
      const scheme = schemeOf(flags);
      const change = {
        ...settingsOf(flags),
        ...(name !== undefined && { name }),
        ...(scheme !== undefined && { scheme }),
      };
      if (Object.keys(change).length === 0) throw new UsageError("`sources change` needs to know what to change.");
      await inSession(flags, async (session) =>
        printOne(session, await session.client.sources.update(source, change, { signal: session.signal })),
      );
    },
  );
}

function addSettings(command: Command): Command {
  const { ratePerSecondMin, sourceRatePerSecondMax: rateMax, receivedBodyBytesMax, sourceSecretLength } = limits;
  const rate = optional(decimal({ min: ratePerSecondMin, max: rateMax }));
  return command
    .addOption(textFlag("--scheme <scheme>", "a name that `trotline schemes` lists, or JSON of your own"))
    .addOption(settingFlag())
    .option("--unverified", "everyone is believed: for tests, and behind something that verifies")
    .addOption(secretFileFlag("holds the secret that the provider shows; it replaces all", sourceSecretLength))
    .addOption(textFlag("--description <text>", "for people"))
    .addOption(listFlag("--methods <list>", `of ${sourceMethods.join(", ")}; POST if absent`))
    .addOption(listFlag("--allow-addresses <list>", "addresses and ranges that may send; '' takes all"))
    .addOption(valueFlag("--body-bytes-max", integer({ min: 1, max: receivedBodyBytesMax }), "the largest body"))
    .addOption(valueFlag("--rate", rate, "most requests a second; none: takes all"))
    .addOption(valueFlag("--burst", integer({ min: 1, max: rateMax }), "of --rate: requests that may come at once"))
    .addOption(choiceFlag("--deduplication", deduplications, "what makes two requests one event"))
    .addOption(valueFlag("--answer-status", integer({ min: 200, max: 299 }), "what is answered for what was taken"))
    .addOption(textFlag("--answer-body <text>", "of --answer-status: the answer's body"))
    .addOption(textFlag("--answer-type <type>", "of --answer-status: its media type; plain text if absent"));
}

/** `--setting name=value`, gathered. */
export const settingFlag = (): Option =>
  new Option("--setting <name=value>", "what the scheme asks for beside secrets; may be repeated").argParser(
    (raw: string, before: Record<string, string> | undefined) => {
      const end = raw.indexOf("=");
      if (end < 1) throw new UsageError("--setting takes a name and a value, such as url=https://example.com/in/x.");
      return { ...before, [raw.slice(0, end)]: raw.slice(end + 1) };
    },
  );

function schemeOf({ scheme, setting, unverified }: SettingFlags): NewSchemeChoice | undefined {
  if (unverified && scheme !== undefined) throw new UsageError("--unverified goes without --scheme.");
  if (setting !== undefined && (scheme === undefined || scheme.startsWith("{"))) {
    throw new UsageError("--setting goes with the name of a --scheme.");
  }
  if (unverified) return { unverified: true };
  if (scheme === undefined) return undefined;
  if (!scheme.startsWith("{")) return { preset: scheme, ...(setting !== undefined && { settings: setting }) };
  try {
    return { custom: JSON.parse(scheme) };
  } catch (error) {
    throw new UsageError(`--scheme is not JSON: ${(error as Error).message}.`);
  }
}

/** Only what was given. */
function settingsOf(flags: SettingFlags): SourceSettings {
  const { secretFile, description, methods, allowAddresses, bodyBytesMax, rate, burst, deduplication } = flags;
  if (burst !== undefined && (rate === undefined || rate === "")) throw new UsageError("--burst is of a --rate.");
  const answer = answerOf(flags);
  const rateLimit =
    rate === "" || rate === undefined ? null : { per_second: rate, ...(burst !== undefined && { burst }) };
  return {
    ...(secretFile !== undefined && { secret: secretFile }),
    ...(description !== undefined && { description }),
    ...(methods !== undefined && { methods: methods as readonly SourceMethod[] }),
    ...(allowAddresses !== undefined && { allow_addresses: allowAddresses }),
    ...(bodyBytesMax !== undefined && { body_bytes_max: bodyBytesMax }),
    ...(rate !== undefined && { rate_limit: rateLimit }),
    ...(deduplication !== undefined && { deduplication }),
    ...(answer !== undefined && { answer }),
  };
}

function answerOf({ answerStatus, answerBody, answerType }: SettingFlags): NewSourceAnswer | undefined {
  if (answerStatus === undefined) {
    if (answerBody === undefined && answerType === undefined) return undefined;
    throw new UsageError("--answer-body and --answer-type are of an --answer-status.");
  }
  return {
    status: answerStatus,
    ...(answerBody !== undefined && { body: answerBody }),
    ...(answerType !== undefined && { content_type: answerType }),
  };
}
