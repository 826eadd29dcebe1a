/** The command line: finds the command, runs it, and says in one sentence what went wrong. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { didYouMean } from "../config/nearest-name.ts";
import { type CommandEntry, commandTable } from "./command-table.ts";
import { exitCodes } from "./exit-codes.ts";
import { failureText } from "./failure-text.ts";
import { commandAt, fromCommander, pathOf } from "./from-commander.ts";
import { UsageError } from "./usage-error.ts";

/** Never rejects: what goes wrong is a sentence on the standard error output and an exit code that is not 0. */
export async function main(given: readonly string[]): Promise<void> {
  const args = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  // Help read by `head` is cut off there. A command that writes more hears of it by itself (output.ts).
  process.stdout.on("error", () => {});
  const program = newProgram();
  try {
    await addCommands(program, args);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // Help or version was asked for.
    const command = commandAt(program, args);
    const failure = error instanceof CommanderError ? fromCommander(error, command) : error;
    process.stderr.write(`${failureText(failure)}\n`);
    if (failure instanceof UsageError) process.stderr.write(`  \`${pathOf(command)} --help\` says how it is used.\n`);
    process.exitCode = failure instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

function newProgram(): Command {
  return new Command("trotline")
    .description("The webhook platform: one durable event log on which every reader is a cursor.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "print help")
    .helpCommand(false)
    .enablePositionalOptions() // `--version` behind a command is the command's own.
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
}

/** The command that will run is loaded; of the others, help needs no more than a line. */
async function addCommands(program: Command, args: readonly string[]): Promise<void> {
  const chosen = chosenName(args);
  const known = commandTable.map((entry) => entry.name);
  if (chosen !== null && !known.includes(chosen)) {
    throw new Error(`There is no command \`${chosen}\`.${didYouMean(chosen, known)} \`trotline --help\` lists all.`);
  }
  for (const entry of commandTable) {
    const command = entry.name === chosen ? await entry.load(packageVersion()) : placeholder(entry);
    inheritSettings(command, program);
    program.addCommand(command, { isDefault: entry.name === "serve" });
  }
}

/** Null where `trotline` itself answers. */
function chosenName([first]: readonly string[]): string | null {
  if (first === "--help" || first === "--version") return null;
  return first === undefined || first.startsWith("-") ? "serve" : first;
}

const placeholder = (entry: CommandEntry): Command => new Command(entry.name).description(entry.summary);

function inheritSettings(command: Command, from: Command): void {
  command.copyInheritedSettings(from).helpCommand(false);
  for (const inner of command.commands) inheritSettings(inner, command);
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
