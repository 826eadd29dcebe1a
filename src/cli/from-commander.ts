/** What commander refuses, in our words. Its errors name what they met in quotes. */
import type { Command, CommanderError } from "commander";
import { didYouMean } from "../config/nearest-name.ts";
import { optionList } from "../config/options.ts";
import { unknownOption } from "../config/resolve-config.ts";
import { TrotlineError } from "../core/errors.ts";
import { commandTable } from "./command-table.ts";
import { UsageError } from "./usage-error.ts";

/** The command that these arguments reach: `endpoints get ep_1` reaches `get` of `endpoints`. */
export function commandAt(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const word of args) {
    const inner = command.commands.find((candidate) => candidate.name() === word);
    if (inner === undefined) break;
    command = inner;
  }
  return command;
}

/** `trotline endpoints get`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** `command` is the one that was reached. */
export function fromCommander(error: CommanderError, command: Command): Error {
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const top = pathOf(command).split(" ")[1];
  const hasOwn = commandTable.some((entry) => entry.name === top && entry.side !== "server");
  return hasOwn ? ownRefusal(error, command, named) : serverRefusal(error, command, named);
}

function serverRefusal(error: CommanderError, command: Command, named: string): Error {
  if (error.code === "commander.unknownOption") {
    const known = optionList.filter(([, option]) => !option.isSecret).map(([, option]) => option.name);
    const name = nameOfFlag(named);
    return unknownOption(`--${name}`, name, known);
  }
  if (error.code === "commander.optionMissingArgument") {
    return new TrotlineError("config-invalid-value", `${named.split(" ", 1)[0]} needs a value.`);
  }
  if (error.code === "commander.excessArguments") {
    return new Error(`\`${command.name()}\` takes options only. \`${pathOf(command)} --help\` lists them.`);
  }
  return new Error(plainText(error));
}

function ownRefusal(error: CommanderError, command: Command, named: string): Error {
  const name = pathOf(command).replace(/^\S+ /, "");
  switch (error.code) {
    case "commander.unknownOption": {
      const flag = `--${nameOfFlag(named)}`;
      const known = command.options.map((option) => option.long ?? "");
      return new UsageError(`\`${name}\` has no option ${flag}.${didYouMean(flag, known)}`);
    }
    case "commander.optionMissingArgument":
      return new UsageError(`${named.split(" ", 1)[0]} needs a value.`);
    case "commander.missingMandatoryOptionValue":
      return new UsageError(`\`${name}\` needs ${named}.`);
    case "commander.missingArgument":
      return new UsageError(`\`${name}\` needs <${named}>.`);
    case "commander.excessArguments": {
      const takes = command.registeredArguments.map((argument) => `<${argument.name()}>`).join(" ");
      return new UsageError(`\`${name}\` takes ${takes === "" ? "options only" : `${takes} and no more`}.`);
    }
    case "commander.help":
      return new UsageError(`\`${name}\` needs to know what to do: ${innerNames(command).join(", ")}.`);
    case "commander.unknownCommand":
      return new UsageError(`\`${name}\` cannot \`${named}\`.${didYouMean(named, innerNames(command))}`);
    default:
      return new UsageError(plainText(error));
  }
}

const innerNames = (command: Command): string[] => command.commands.map((inner) => inner.name());

const nameOfFlag = (text: string): string => text.replace(/^--?/, "").split("=", 1)[0] ?? "";

const plainText = (error: CommanderError): string => error.message.replace(/^error: /, "");
