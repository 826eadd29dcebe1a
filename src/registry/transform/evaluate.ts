/** Evaluates one JSONata expression on one event, in the process of `transform-worker.ts`, and bounds what it may take. */
import { createRequire } from "node:module";
import type { Expression } from "jsonata";
import { limits } from "../../core/limits.ts";

/** The event as an expression sees it; `data` is JSON text. */
export interface TransformQuestion {
  readonly text: string;
  readonly event: {
    readonly id: string;
    readonly tenant: string;
    readonly type: string;
    readonly timestamp: string;
    readonly subject: string | null;
    readonly version: string | null;
  };
  readonly data: string;
}

export type TransformAnswer =
  /** JSON text, or null where it said `$skip()`. */
  { readonly result: string | null } | { readonly failure: string };

interface Compiled {
  readonly expression: Expression;
  /** Of the evaluation that runs. */
  run: { isSkipped: boolean; endsAtCpuMicros: number };
}

const compiledMax = 500;
const compiled = new Map<string, Compiled>();

const functionRefusal = "Its result has a function in it.";

const jsonata = createRequire(import.meta.url)("jsonata") as typeof import("jsonata");

export async function evaluate(question: TransformQuestion): Promise<TransformAnswer> {
  try {
    const { expression, run } = begin(question.text);
    const result = await expression.evaluate({ ...question.event, data: JSON.parse(question.data) });
    return run.isSkipped ? { result: null } : readResult(result);
  } catch (error) {
    return { failure: sentenceOf(error) };
  }
}

function begin(text: string): Compiled {
  let known = compiled.get(text);
  if (known === undefined) {
    if (compiled.size >= compiledMax) compiled.clear();
    known = compile(text);
    compiled.set(text, known);
  }
  known.run.isSkipped = false;
  known.run.endsAtCpuMicros = cpuMicros() + limits.transformMs * 1000;
  return known;
}

function compile(text: string): Compiled {
  const options = { stack: limits.transformCalls, sequence: limits.transformItems };
  const known: Compiled = { expression: jsonata(text, options), run: { isSkipped: false, endsAtCpuMicros: 0 } };
  const { expression, run } = known;
  expression.registerFunction("skip", () => {
    run.isSkipped = true;
  });
  // The library calls what is bound to this symbol before each step. Time is the processor's, not the wall's: a busy
  // machine must not make expressions fail.
  const everyStep = Symbol.for("jsonata.__evaluate_entry") as unknown as string;
  expression.assign(everyStep, () => {
    if (cpuMicros() > run.endsAtCpuMicros) throw new TooLong();
  });
  return known;
}

class TooLong extends Error {
  override readonly message = `It takes more than ${limits.transformMs} ms`;
}

function cpuMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function readResult(value: unknown): TransformAnswer {
  if (value === undefined) return { failure: "It gives nothing; an event is left out with `$skip()`." };
  const refusal = refusalOf(value, limits.dataDepth);
  if (refusal !== null) return { failure: refusal };
  const result = JSON.stringify(value);
  if (Buffer.byteLength(result) <= limits.transformResultBytes) return { result };
  return { failure: `Its result is larger than ${limits.transformResultBytes} bytes.` };
}

function refusalOf(value: unknown, depthMax: number): string | null {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? functionRefusal : null;
  if ("_jsonata_lambda" in value || "_jsonata_function" in value) return functionRefusal;
  if (depthMax === 0) return `Its result is nested deeper than ${limits.dataDepth}.`;
  // Lists that the library makes have members of their own beside their items, functions among them.
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    const refusal = refusalOf(inner, depthMax - 1);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** The library throws objects that are no errors, with a sentence and a place. */
function sentenceOf(error: unknown): string {
  const { message, position } = error as { message?: string; position?: number };
  const sentence = (message ?? "It failed").replace(/\.?$/, ".").slice(0, limits.transformFailureLength);
  return position === undefined ? sentence : `${sentence} At character ${position}.`;
}
