import { Command } from "commander";
import { cipherSuiteList } from "../../http/hooks-server-tls.ts";
import { exitCodes } from "../exit-codes.ts";
import { GoFlagError, GoFlagHelp, type GoFlagValues, goUsage, parseGoFlags } from "../go-flags.ts";
import { hooksFlags, hooksSettings } from "../hooks-flags.ts";
import { HooksStartError } from "../hooks-start-error.ts";
import { serveHooks } from "../serve-hooks.ts";

/** The version of adnanh/webhook whose behaviour `-compat` has. */
const compatVersion = "2.8.0";

/** `trotline hooks`: adnanh/webhook's flags, which are none of commander's kind, are read by ourselves. */
export function hooksCommand(version: string): Command {
  return new Command("hooks")
    .description("serve hooks files: run a command for each request")
    .usage("[flags]")
    .allowUnknownOption()
    .argument("[flags...]")
    .addHelpText("after", () => `\n${goUsage("trotline hooks", hooksFlags)}`)
    .action(async (_flags: string[], _options: object, command: Command) => {
      process.exitCode = await hooks(command.args, version);
    });
}

/** The exit code of what ends at once; 0 while it serves. */
async function hooks(args: readonly string[], version: string): Promise<number> {
  const values = readFlags(args);
  if (typeof values === "number") return values;
  if (values.isOn("version")) {
    process.stdout.write(values.isOn("compat") ? `webhook version ${compatVersion}\n` : `trotline ${version}\n`);
    return exitCodes.ok;
  }
  if (values.isOn("list-cipher-suites")) return listCipherSuites(values.text("tls-min-version"));
  try {
    await serveHooks(hooksSettings(values), values.isOn("compat") ? compatVersion : version);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof HooksStartError)) throw error;
    const output = error.isOnOutput ? process.stdout : process.stderr;
    if (error.message !== "") output.write(`${error.message}\n`);
    return exitCodes.failed;
  }
}

function readFlags(args: readonly string[]): GoFlagValues | number {
  try {
    return parseGoFlags(hooksFlags, args);
  } catch (error) {
    if (!(error instanceof GoFlagError || error instanceof GoFlagHelp)) throw error;
    const usage = goUsage("trotline hooks", hooksFlags);
    process.stderr.write(error instanceof GoFlagError ? `${error.message}\n${usage}` : usage);
    return error instanceof GoFlagError ? exitCodes.usage : exitCodes.ok;
  }
}

function listCipherSuites(versionMin: string): number {
  const names = cipherSuiteList(versionMin);
  if (typeof names !== "string") process.stdout.write(`${names.join("\n")}\n`);
  else process.stderr.write(`${names}\n`);
  return typeof names === "string" ? exitCodes.failed : exitCodes.ok;
}
