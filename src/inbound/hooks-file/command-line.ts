/** What a hook's command is given of a request: arguments, environment and files. */
import { bytesOfText } from "./byte-text.ts";
import { decodeGoBase64 } from "./go-base64.ts";
import type { Hook, HookArgument } from "./hook.ts";
import type { HookFailure, HookRequest } from "./hook-request.ts";
import { argumentValue } from "./values.ts";

export interface HookCommandLine {
  /** Without the command itself. A value that is missing is an empty argument, so that the others keep their places. */
  readonly arguments: readonly string[];
  /** Names and values in order; of one name the last counts. A value that is missing has no name either. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** The variable `name` is to be set to the path of a file with this in it. */
  readonly files: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** What could not be had, for the log. */
  readonly problems: readonly string[];
  /** Where adnanh/webhook would not survive it; else null. */
  readonly crash: HookFailure | null;
}

export function commandLineOf(hook: Hook, request: HookRequest): HookCommandLine {
  const problems: string[] = [];
  let crash: HookFailure | null = null;
  const read = (argument: HookArgument): string | null => {
    const value = argumentValue(argument, request);
    if (value.ok) return value.value;
    if (value.failure.kind === "crash") crash ??= value.failure;
    problems.push(`couldn't retrieve ${argument.source} ${JSON.stringify(argument.name)}: ${value.failure.message}`);
    return null;
  };
  const commandArguments = hook.passArgumentsToCommand.map((argument) => read(argument) ?? "");
  const environment = hook.passEnvironmentToCommand.flatMap((argument) => {
    const value = read(argument);
    return value === null ? [] : [[argument.envName || `HOOK_${argument.name}`, value] as const];
  });
  const files = hook.passFileToCommand.flatMap((argument) => {
    const value = read(argument);
    if (value === null) return [];
    const name = argument.envName || `HOOK_${argument.name.toUpperCase()}`;
    return [{ name, content: argument.base64Decode ? decodeBase64(value, problems) : bytesOfText(value) }];
  });
  return { arguments: commandArguments, environment, files, problems, crash };
}

function decodeBase64(text: string, problems: string[]): Uint8Array {
  const { bytes, isWhole } = decodeGoBase64(text);
  if (!isWhole) problems.push("error decoding string: it is not base64");
  return bytes;
}
