/** What can be wrong with the values that a hook takes from a request. */
import { didYouMean } from "../../../config/nearest-name.ts";
import { at, listOf, objectOf } from "../decode-hooks.ts";
import { type Hook, type HookArgument, valueSources } from "../hook.ts";
import type { ShapedObject } from "../shaped-value.ts";
import type { HookNotes } from "./hook-notes.ts";

export function checkValueSource(argument: HookArgument, source: ShapedObject | null, notes: HookNotes): void {
  const sources: readonly string[] = valueSources;
  if (!sources.includes(argument.source)) {
    const sentence =
      argument.source === ""
        ? "A value without a `source`."
        : `There is no source \`${argument.source}\`.${didYouMean(argument.source, sources)}`;
    notes.add("unknown-source", source, "source", sentence);
  } else if (argument.source === "request" && !/^(?:method|remote-addr)$/i.test(argument.name)) {
    notes.add(
      "unknown-source",
      source,
      "name",
      `A request has \`method\` and \`remote-addr\`, and no \`${argument.name}\`.`,
    );
  }
}

const shells = /(?:^|\/)(?:ba|da|z|k|c|tc|fi|a)?sh$/;
/** What decides which code a program loads or runs. */
const dangerous =
  /^(?:PATH|IFS|ENV|BASH_ENV|BASH_FUNC_.*|LD_.*|DYLD_.*|PYTHON(?:PATH|STARTUP|HOME)|PERL5(?:LIB|OPT)|RUBY(?:LIB|OPT)|NODE_(?:OPTIONS|PATH)|JAVA_TOOL_OPTIONS|GIT_.*|SHELLOPTS|PS4|EDITOR|PAGER|HOME)$/;

export function checkValues(hook: Hook, source: ShapedObject | null, notes: HookNotes): void {
  const lists = [
    ["pass-arguments-to-command", hook.passArgumentsToCommand],
    ["pass-environment-to-command", hook.passEnvironmentToCommand],
    ["pass-file-to-command", hook.passFileToCommand],
    ["parse-parameters-as-json", hook.parseParametersAsJson],
  ] as const;
  for (const [key, list] of lists) {
    const nodes = listOf(at(source, key));
    for (const [index, argument] of list.entries()) {
      const node = objectOf(nodes[index] ?? null) ?? source;
      checkValueSource(argument, node, notes);
      checkUse(key, argument, { node, notes });
    }
  }
  checkShell(hook, source, notes);
}

function checkUse(
  key: string,
  argument: HookArgument,
  { node, notes }: { node: ShapedObject | null; notes: HookNotes },
): void {
  if (argument.base64Decode && key !== "pass-file-to-command") {
    notes.add("ignored-key", node, "base64decode", "`base64decode` means something for files only.");
  }
  if (argument.headersToAddToSignaturePayload.length > 0) {
    notes.add("ignored-key", node, "headers-to-add-to-signature-payload", "Only a signature's value may add headers.");
  }
  if (key === "parse-parameters-as-json" && argument.name.includes(".")) {
    notes.add("unparsed-path", node, "name", `\`${argument.name}\` is a path.`);
  }
  const isVariable = key === "pass-environment-to-command" || key === "pass-file-to-command";
  if (isVariable && argument.source !== "string" && dangerous.test(argument.envName)) {
    notes.add("dangerous-variable", node, "envname", `\`${argument.envName}\` is given a value of the request.`);
  }
}

/** `sh -c` with what a request says. */
function checkShell(hook: Hook, source: ShapedObject | null, notes: HookNotes): void {
  if (!shells.test(hook.executeCommand)) return;
  const given = hook.passArgumentsToCommand;
  const flag = given.findIndex(({ source: from, name }) => from === "string" && /^-[a-z]*c$/.test(name));
  const script = flag < 0 ? given[0] : given[flag + 1];
  if (script === undefined || script.source === "string") return;
  const sentence = `\`${hook.executeCommand}\` is given ${script.source} \`${script.name}\` as what it is to run.`;
  notes.add("shell-command", source, "pass-arguments-to-command", sentence);
}
