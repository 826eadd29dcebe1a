/** Gathers what is to be said of a file while it is read. */
import { didYouMean } from "../../../config/nearest-name.ts";
import type { Allowed } from "../allowances.ts";
import type { Finding } from "../finding.ts";
import { hookShape, type Shape } from "../hook-shape.ts";
import type { ShapeNotes } from "../shaped-value.ts";
import type { Place } from "../yaml/file-node.ts";
import { type FindingCode, type FindingKind, findingKinds } from "./finding-table.ts";

export interface Note {
  readonly sentence: string;
  readonly hookId?: string | null;
  /** In place of the table's. */
  readonly advice?: string;
}

export class Findings implements ShapeNotes {
  readonly allowed: Allowed;
  readonly #file: string;
  readonly #findings: Finding[] = [];

  constructor(file: string, allowed: Allowed) {
    this.#file = file;
    this.allowed = allowed;
  }

  note(code: FindingCode, place: Place | null, { sentence, hookId = null, advice }: Note): void {
    const kind: FindingKind = findingKinds[code];
    const isAllowed = kind.allowance !== null && this.allowed.has(kind.allowance);
    this.#findings.push({
      severity: isAllowed ? "warning" : kind.severity,
      code,
      allowance: kind.allowance,
      file: this.#file,
      line: place?.line ?? null,
      column: place?.column ?? null,
      hookId,
      sentence,
      advice: advice ?? kind.advice,
      compat: kind.compat,
    });
  }

  unknownKey(name: string, place: Place, shape: Extract<Shape, { kind: "object" }>): void {
    const home = homeOf(name);
    const belongs = home === null ? didYouMean(name, shape.keys.keys()) : ` It belongs to a ${home}.`;
    this.note("unknown-key", place, { sentence: `\`${name}\` is no key of a ${shape.name}.${belongs}` });
  }

  repeatedKey(name: string, place: Place): void {
    this.note("repeated-key", place, { sentence: `The key \`${name}\` is given again.` });
  }

  coerced(place: Place, texts: { readonly written: string; readonly read: string } | null): void {
    const sentence =
      texts === null
        ? "The secret is read as a number or a boolean, and is another one."
        : `\`${texts.written}\` means \`${texts.read}\` in YAML 1.1.`;
    this.note("other-value", place, { sentence });
  }

  sorted(): readonly Finding[] {
    const rank = (finding: Finding): number => (finding.line ?? 0) * 100_000 + (finding.column ?? 0);
    return [...this.#findings].sort((a, b) => rank(a) - rank(b));
  }
}

/** The object that has such a key; null where none has. */
function homeOf(name: string): string | null {
  const seen = new Set<Shape>();
  const look = (shape: Shape): string | null => {
    if (seen.has(shape)) return null;
    seen.add(shape);
    if (shape.kind === "list") return look(shape.item);
    if (shape.kind !== "object") return null;
    if (shape.keys.has(name.toLowerCase())) return shape.name;
    for (const part of shape.keys.values()) {
      const home = look(part);
      if (home !== null) return home;
    }
    return null;
  };
  return look(hookShape);
}
