/** What a rule says of a request, for people and as JSON. */
import type { ExplainedRule, Explanation } from "../inbound/hooks-file/explain.ts";
import { shownText } from "./table.ts";

const valueLengthMax = 200;

export function explanationText(explanation: Explanation): string {
  const { hookId, status, sentence, tree, command, problems } = explanation;
  const lines = [`hook ${hookId}: ${sentence} It is answered ${status}.`];
  if (tree !== null) lines.push("", ...ruleLines(tree, 0));
  if (command !== null) {
    lines.push("", [command.program, ...command.arguments.map((argument) => JSON.stringify(cut(argument)))].join(" "));
    for (const [name, value] of command.environment) lines.push(`  ${name}=${JSON.stringify(cut(value))}`);
    for (const { name, bytes } of command.files) lines.push(`  ${name}=(a file of ${bytes} bytes)`);
  }
  if (problems.length > 0) lines.push("", ...problems.map((problem) => `note: ${problem}`));
  return `${lines.map(shownText).join("\n")}\n`;
}

function ruleLines(rule: ExplainedRule, depth: number): readonly string[] {
  const mark = rule.matched === null ? "  -" : rule.matched ? "yes" : " no";
  const line = `${mark}  ${"  ".repeat(depth)}${ruleText(rule)}`;
  return [line, ...rule.children.flatMap((child) => ruleLines(child, depth + 1))];
}

function ruleText(rule: ExplainedRule): string {
  const failure = rule.failure === null ? "" : ` (${rule.failure})`;
  if (rule.type === null)
    return rule.kind === "none" ? "(a rule with nothing in it)" : rule.kind + ownFailure(rule, failure);
  const value =
    rule.value === null ? "" : ` is ${rule.value.startsWith("(hidden") ? rule.value : JSON.stringify(cut(rule.value))}`;
  const wanted = rule.wanted === null ? "" : `, wanted ${JSON.stringify(cut(rule.wanted))}`;
  return `${rule.type}: ${rule.place}${value}${wanted}${failure}`;
}

/** A failure that comes from a part is told there. */
const ownFailure = (rule: ExplainedRule, failure: string): string =>
  rule.children.some((child) => child.failure === rule.failure) ? "" : failure;

const cut = (text: string): string => (text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text);

export function explanationJson({ hookId, ...explanation }: Explanation): string {
  return `${JSON.stringify({ hook_id: hookId, ...explanation })}\n`;
}
