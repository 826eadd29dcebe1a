/** Where a hook's command is, by the rules of adnanh/webhook and of Go's `exec.LookPath`. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Hook } from "../hooks-file/hook.ts";

type Wanted = Pick<Hook, "executeCommand" | "commandWorkingDirectory">;

export type FoundCommand =
  | { readonly ok: true; readonly program: string }
  | { readonly ok: false; readonly problem: string };

/** `searchPath` is the server's own PATH. */
export function findCommand(hook: Wanted, searchPath: string): FoundCommand {
  const { executeCommand, commandWorkingDirectory } = hook;
  const isPlain = isAbsolute(executeCommand) || commandWorkingDirectory === "";
  const wanted = isPlain ? executeCommand : join(commandWorkingDirectory, executeCommand);
  if (wanted.includes("/")) {
    const problem = refusal(wanted);
    return problem === null ? { ok: true, program: wanted } : notFound(wanted, problem);
  }
  for (const folder of searchPath.split(delimiter)) {
    // An empty part is the working directory: what is found there is not run.
    if (wanted === "" || !isAbsolute(folder)) continue;
    const program = join(folder, wanted);
    if (refusal(program) === null) return { ok: true, program };
  }
  return notFound(wanted, "executable file not found in $PATH");
}

/** Arguments behind the command are a common mistake. */
export function commandAdvice({ executeCommand }: Wanted): string | null {
  const [first = ""] = executeCommand.trim().split(/\s+/);
  return executeCommand.includes(" ") ? `use 'pass-arguments-to-command' to specify args for '${first}'` : null;
}

function refusal(program: string): string | null {
  try {
    if (statSync(program).isDirectory()) return "is a directory";
    accessSync(program, constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "permission denied";
  }
}

const notFound = (wanted: string, problem: string): FoundCommand => ({
  ok: false,
  problem: `exec: ${JSON.stringify(wanted)}: ${problem}`,
});
