import { Command } from "commander";
import { cipherSuiteList } from "../../http/hooks-server-tls.ts";
import { hooksLog } from "../../inbound/hooks-serving/hooks-log.ts";
import { exitCodes } from "../exit-codes.ts";
import { GoFlagError, GoFlagHelp, type GoFlagValues, goUsage, parseGoFlags } from "../go-flags.ts";
import { type HooksSettings, hooksFlags, hooksSettings } from "../hooks-flags.ts";
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
  let settings: HooksSettings | null = null;
  try {
    settings = hooksSettings(values);
    await serveHooks(settings, settings.isCompat ? compatVersion : version);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof HooksStartError)) throw error;
    sayStartError(error, settings?.isCompat === true);
    return exitCodes.failed;
  }
}

/** `isLogged`: as there, what is wrong behind the flags is a line of the log, verbose or not. */
function sayStartError({ message, isOnOutput }: HooksStartError, isLogged: boolean): void {
  const write = (text: string): unknown => (isOnOutput ? process.stdout : process.stderr).write(text);
  if (message === "") return;
  if (isLogged) hooksLog({ isVerbose: true, isCompat: true, now: () => new Date(), write }).say(message);
  else write(`${message}\n`);
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
