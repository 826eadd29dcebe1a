/** The flags of a command, made from the table of options, and the configuration that they resolve to. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { type Option as ConfigOption, envNameOf, flagOf, optionList, shownValue } from "../config/options.ts";
import { type ResolvedConfig, resolveConfig } from "../config/resolve-config.ts";

export function addConfigFlags(command: Command): Command {
  for (const [key, option] of optionList) {
    if (option.isSecret) continue; // Command lines are for everybody to see.
    const flag = new Option(`${flagOf(option)} <${option.kind.placeholder}>`, helpText(option));
    flag.attributeName = () => key;
    if (Array.isArray(option.default)) flag.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(flag);
  }
  return command.addHelpText("after", secretsHelp());
}

/** `flags` as commander gathered them. */
export function resolveFlags(flags: Record<string, string | string[]>): Promise<ResolvedConfig> {
  const byName = optionList.flatMap(([key, option]) => (flags[key] === undefined ? [] : [[option.name, flags[key]]]));
  return resolveConfig({ flags: Object.fromEntries(byName), env: process.env, readFile: (path) => readFile(path) });
}

const helpText = (option: ConfigOption<unknown>): string =>
  `${option.sentence} [${envNameOf(option)}; default ${shownValue(option, option.default) || "empty"}]`;

function secretsHelp(): string {
  const lines = optionList
    .filter(([, option]) => option.isSecret)
    .map(([, option]) => `  ${envNameOf(option)}: ${option.sentence}`);
  return `\nOnly in the environment or the configuration file:\n${lines.join("\n")}`;
}
