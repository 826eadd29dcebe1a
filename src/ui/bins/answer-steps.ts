/** The answers of a bin while somebody edits them: everything is text until it is saved. */
import type { BinAnswer, NewBinAnswer } from "../../sdk/wire-bins.ts";

export interface AnswerStep {
  readonly key: string;
  readonly status: string;
  readonly times: string;
  readonly delayMs: string;
  /** `Name: value`, one a line. */
  readonly headers: string;
  readonly body: string;
}

export type Preset = "ok" | "json" | "failTwice" | "timeout" | "tooMany" | "redirect" | "gone";

export const presets: Readonly<Record<Preset, readonly NewBinAnswer[]>> = {
  ok: [{ status: 200 }],
  json: [{ status: 200, headers: { "content-type": "application/json" }, body: '{"ok":true}' }],
  failTwice: [{ status: 500, times: 2 }, { status: 200 }],
  timeout: [{ status: 200, delay_ms: 30_000 }],
  tooMany: [{ status: 429, headers: { "retry-after": "5" } }, { status: 200 }],
  redirect: [{ status: 302, headers: { location: "https://example.com/" } }],
  gone: [{ status: 410 }],
};

export const stepOf = (answer: NewBinAnswer | BinAnswer): AnswerStep => ({
  key: crypto.randomUUID(),
  status: String(answer.status),
  times: String(answer.times ?? 1),
  delayMs: String(answer.delay_ms ?? 0),
  headers: Object.entries(answer.headers ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n"),
  body: answer.body ?? "",
});

/** The answer, or the line that is no header. */
export function answerOf(step: AnswerStep): NewBinAnswer | { readonly wrongLine: string } {
  const headers: Record<string, string> = {};
  for (const line of step.headers.split("\n")) {
    if (line.trim() === "") continue;
    const [, name = "", value = ""] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === "") return { wrongLine: line };
    headers[name.toLowerCase()] = value;
  }
  return {
    status: Number(step.status),
    times: Number(step.times),
    delay_ms: Number(step.delayMs),
    headers,
    body: step.body,
  };
}
