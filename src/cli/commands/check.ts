import { Command } from "commander";
import type { Finding } from "../../inbound/hooks-file/finding.ts";
import type { Hook } from "../../inbound/hooks-file/hook.ts";
import { exitCodes } from "../exit-codes.ts";
import { allowFlag, type HooksFileFlags, readHooksAt } from "../read-hooks-files.ts";
import { shownText } from "../table.ts";

interface Flags extends HooksFileFlags {
  readonly json?: boolean;
}

interface CheckedFile {
  readonly file: string;
  readonly hooks: readonly Hook[];
  readonly findings: readonly Finding[];
  readonly failure: string | null;
}

/** `trotline check`: what is wrong with hooks files. */
export function checkCommand(): Command {
  return new Command("check")
    .description("find what is wrong or dangerous in hooks files of adnanh/webhook")
    .argument("<files...>", "hooks files, JSON or YAML")
    .option("--template", "the files are Go templates")
    .addOption(allowFlag())
    .option("--compat", "check as `trotline hooks --compat` reads them")
    .option("--json", "print a JSON line for each finding")
    .addHelpText("after", "\nExample:\n  trotline check /etc/webhook.conf --allow no-rule")
    .action(async (files: readonly string[], flags: Flags) => {
      const checked: CheckedFile[] = [];
      for (const file of files) checked.push(withOtherFiles({ file, ...(await readHooksAt(file, flags)) }, checked));
      const print = flags.json === true ? jsonOf : textOf;
      process.stdout.write(checked.map(print).join(""));
      const isGood = checked.every(({ findings }) => findings.every(({ severity }) => severity === "warning"));
      process.exitCode = isGood ? exitCodes.ok : exitCodes.failed;
    });
}

/** An id of two files keeps all of them from being served, `--compat` or not. */
function withOtherFiles(file: CheckedFile, before: readonly CheckedFile[]): CheckedFile {
  const repeated = new Set<string>();
  const findings = file.hooks.flatMap(({ id }): Finding[] => {
    const other = before.find(({ hooks }) => hooks.some((hook) => hook.id === id));
    if (other === undefined || repeated.has(id)) return [];
    repeated.add(id);
    return [
      {
        severity: "error",
        code: "repeated-id",
        allowance: null,
        file: file.file,
        line: null,
        column: null,
        hookId: id,
        sentence: `\`${other.file}\` has a hook of this id too.`,
        advice: "Give each hook an id of its own.",
        compat: "It does not start.",
      },
    ];
  });
  return { ...file, findings: [...file.findings, ...findings] };
}

function jsonOf({ findings }: CheckedFile): string {
  return findings
    .map(({ hookId, ...finding }) => `${JSON.stringify({ ...finding, hook_id: hookId || null })}\n`)
    .join("");
}

function textOf({ file, hooks, findings, failure }: CheckedFile): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const counts = [
    counted(hooks.length, "hook"),
    counted(errors, "error"),
    counted(findings.length - errors, "warning"),
  ];
  const served = failure !== null ? "It is served by nobody." : errors > 0 ? "It is not served as it is." : "";
  return [...findings.map(findingText), `${shownText(file)}: ${counts.join(", ")}. ${served}`.trimEnd(), ""].join("\n");
}

function findingText(finding: Finding): string {
  const { severity, code, hookId, sentence, advice, compat, allowance } = finding;
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== null).join(":");
  const hook = hookId === null || hookId === "" ? "" : ` hook ${hookId}:`;
  const name = allowance === null || severity === "warning" ? "" : ` Served all the same with --allow ${allowance}.`;
  return [
    shownText(`${place}: ${severity} ${code}:${hook} ${sentence}`),
    shownText(`  ${advice}${name}`),
    shownText(`  adnanh/webhook, and --compat: ${compat}`),
    "",
  ].join("\n");
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
