/** Endpoints that run a program or call a handler, as flags of `trotline endpoints create` and `update`. */
import { type Command, Option } from "commander";
import { type CommandInput, commandInputs } from "../../core/endpoint-command.ts";
import type { EndpointSettings, NewCommand, NewEndpoint } from "../../sdk/wire.ts";
import { choiceFlag, listFlag, textFlag } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export interface CommandFlags {
  readonly program?: string;
  readonly argument?: readonly string[];
  readonly variable?: Readonly<Record<string, string>>;
  readonly inherit?: readonly string[];
  readonly input?: CommandInput;
  readonly file?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly handler?: string;
}

export function addCommandFlags(command: Command): Command {
  const argument = new Option("--argument <template>", "of --program, such as '{data.id}'; may be repeated");
  return command
    .addOption(textFlag("--program <path>", "run this for each event; the server must allow it (allow-commands)"))
    .addOption(argument.argParser((raw: string, before: string[] | undefined) => [...(before ?? []), raw]))
    .addOption(assignmentFlag("--variable <name=template>", "of --program, in its environment; may be repeated"))
    .addOption(listFlag("--inherit <names>", "of --program: variables of the server's own environment"))
    .addOption(choiceFlag("--input", commandInputs, "of --program: what is on its standard input; data if absent"))
    .addOption(assignmentFlag("--file <name=template>", "of --program: a variable with the path of a temporary file"))
    .addOption(textFlag("--working-directory <path>", "of --program; / if absent"))
    .addOption(textFlag("--handler <name>", "call this code of the program that embeds the server"));
}

/** Only what was given. A command is replaced whole. */
export function commandSettings(flags: CommandFlags): EndpointSettings {
  const { handler } = flags;
  const command = commandOf(flags);
  return { ...(command !== null && { command }), ...(handler !== undefined && { handler }) };
}

/** Of a new endpoint. */
export function kindOf(url: string | undefined, { program, handler }: CommandFlags): Pick<NewEndpoint, "kind"> {
  const given = [url, program, handler].filter((place) => place !== undefined);
  if (given.length !== 1) {
    throw new UsageError("`endpoints create` takes one of an address, --program and --handler.");
  }
  return url !== undefined ? {} : { kind: program === undefined ? "handler" : "command" };
}

function commandOf(flags: CommandFlags): NewCommand | null {
  const { program, argument, variable, inherit, input, file, workingDirectory } = flags;
  const rest = {
    ...(argument !== undefined && { arguments: argument }),
    ...(variable !== undefined && { environment: variable }),
    ...(inherit !== undefined && { inherit }),
    ...(input !== undefined && { input }),
    ...(file !== undefined && { files: file }),
    ...(workingDirectory !== undefined && { working_directory: workingDirectory }),
  };
  if (program !== undefined) return { program, ...rest };
  if (Object.keys(rest).length === 0) return null;
  throw new UsageError("What is run is said as a whole: give --program beside what is of it.");
}

/** `--variable NAME=template`, gathered. */
function assignmentFlag(nameAndPlaceholder: string, sentence: string): Option {
  const option = new Option(nameAndPlaceholder, sentence);
  return option.argParser((raw: string, before: Record<string, string> | undefined) => {
    const at = raw.indexOf("=");
    if (at < 1) throw new UsageError(`${option.long} takes a name and a template, such as ORDER={data.order.id}.`);
    return { ...before, [raw.slice(0, at)]: raw.slice(at + 1) };
  });
}
