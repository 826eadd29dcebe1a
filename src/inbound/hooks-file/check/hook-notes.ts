/** Findings of one hook. */
import type { ShapedObject } from "../shaped-value.ts";
import type { FindingCode } from "./finding-table.ts";
import type { Findings } from "./findings.ts";

export class HookNotes {
  readonly #findings: Findings;
  readonly #hookId: string;
  readonly #hook: ShapedObject | null;

  constructor(...[findings, hookId, hook]: [Findings, string, ShapedObject | null]) {
    this.#findings = findings;
    this.#hookId = hookId;
    this.#hook = hook;
  }

  get allowed(): Findings["allowed"] {
    return this.#findings.allowed;
  }

  /** At the value of the key where the object has it, else at the object. */
  add(...[code, object, key, said]: [FindingCode, ShapedObject | null, string | null, string | Said]): void {
    const node = (key === null ? undefined : object?.nodes.get(key)) ?? object?.node ?? this.#hook?.node;
    const note = typeof said === "string" ? { sentence: said } : said;
    this.#findings.note(code, node?.place ?? null, { ...note, hookId: this.#hookId });
  }
}

interface Said {
  readonly sentence: string;
  readonly advice: string;
}
