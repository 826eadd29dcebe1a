/** The command line. One file for each command; this one knows them all, and says in one sentence what went wrong. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { didYouMean } from "../config/nearest-name.ts";
import { optionList } from "../config/options.ts";
import { unknownOption } from "../config/resolve-config.ts";
import { errorCatalogue, TrotlineError } from "../core/errors.ts";
import { configCommand } from "./commands/config.ts";
import { openApiCommand } from "./commands/openapi.ts";
import { serveCommand } from "./commands/serve.ts";

/** Never rejects: what goes wrong is a sentence on the standard error output and the exit code 1. */
export async function main(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // Help or version was asked for.
    process.stderr.write(`${failureText(error instanceof CommanderError ? fromCommander(error, program) : error)}\n`);
    process.exitCode = 1;
  }
}

function buildProgram(): Command {
  const program = new Command("trotline")
    .description("The webhook platform: one durable event log on which every reader is a cursor.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "print help")
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  program.addCommand(serveCommand(packageVersion()).copyInheritedSettings(program), { isDefault: true });
  program.addCommand(configCommand().copyInheritedSettings(program));
  program.addCommand(openApiCommand().copyInheritedSettings(program));
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Commander's errors name what it met in quotes. */
function fromCommander(error: CommanderError, program: Command): unknown {
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  if (error.code === "commander.unknownOption") {
    const known = optionList.filter(([, option]) => !option.isSecret).map(([, option]) => option.name);
    const name = named.replace(/^--?/, "").split("=", 1)[0] ?? "";
    return unknownOption(`--${name}`, name, known);
  }
  if (error.code === "commander.optionMissingArgument") {
    return new TrotlineError("config-invalid-value", `${named.split(" ", 1)[0]} needs a value.`);
  }
  if (error.code === "commander.excessArguments") {
    const word = program.args[0] ?? "";
    const names = program.commands.map((command) => command.name());
    if (names.includes(word))
      return new Error(`\`${word}\` takes options only. \`trotline ${word} --help\` lists them.`);
    const hint = didYouMean(word, names);
    return new Error(`There is no command \`${word}\`.${hint} \`trotline --help\` lists all.`);
  }
  return new Error(error.message);
}

/** One sentence, the code and what to do. An error that nobody foresaw brings its stack: it has to be reported. */
function failureText(error: unknown): string {
  if (error instanceof TrotlineError) {
    return `trotline: ${error.message}\n  ${error.code}: ${errorCatalogue[error.code].advice}`;
  }
  if (error instanceof Error && error.constructor === Error) return `trotline: ${error.message}`;
  return `trotline: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
