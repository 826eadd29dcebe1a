/** A command that asks a server: the flags that all of them have, and an example in the help of each. */
import { Command } from "commander";
import { clientVariables } from "../config/client-variables.ts";
import { defaultUrl } from "./connection.ts";
import { textFlag } from "./flags.ts";

/** What every client command is given, as commander gathered it. */
export interface ClientFlags {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/** `example` is a whole command line, which `docs/command-line.md` could show. */
export function clientCommand(name: string, about: { readonly summary: string; readonly example: string }): Command {
  return new Command(name)
    .description(about.summary)
    .allowExcessArguments(false)
    .addHelpText("after", `\nExample:\n  ${about.example}`);
}

/** Last, so that help names what is the command's own first. */
export function addClientFlags(command: Command): Command {
  return addServerFlags(command).option("--json", "print JSON lines, as when the output is not a terminal");
}

/** For a command that prints nothing of its own. */
export function addServerFlags(command: Command): Command {
  return command
    .addOption(textFlag("--url <url>", `address of the server [${clientVariables.url}; default ${defaultUrl}]`))
    .addOption(textFlag("--key-file <path>", `file that holds the key [the key itself: ${clientVariables.key}]`));
}

/** Commands about one noun, such as `endpoints list`. */
export function clientGroup(name: string, summary: string, commands: readonly Command[]): Command {
  const group = new Command(name).description(summary);
  for (const command of commands) group.addCommand(command);
  return group;
}
