/** What an expression is evaluated in, and made in. */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { StoredEvent } from "../../core/event.ts";
import { Meter } from "./values.ts";

/** What stands for the event's type while an expression is checked; no name that can be written. */
export const typeVariable = "$type";

/** What an expression may name, and its type in CEL. */
export const variableNames: readonly (readonly [name: string, type: string])[] = [
  ["id", "string"],
  ["tenant", "string"],
  [typeVariable, "string"],
  ["subject", "string"],
  ["version", "string"],
  ["occurred_at", "google.protobuf.Timestamp"],
  ["accepted_at", "google.protobuf.Timestamp"],
  ["data", "dyn"],
];

/** One evaluation: the event, the items that macros are at, and what may still be spent. */
export class Scope {
  readonly meter = new Meter();
  readonly items: unknown[] = [];
  #event: StoredEvent | null = null;

  begin(event: StoredEvent, steps: number): void {
    this.#event = event;
    this.meter.left = steps;
  }

  /** An expression is kept for long; the event, which may be a small part of a large page, is not kept with it. */
  end(): void {
    this.#event = null;
    if (this.items.length > 0) this.items.length = 0;
  }

  get event(): StoredEvent {
    if (this.#event === null) throw new Error("no evaluation runs");
    return this.#event;
  }
}

export type Evaluate = (scope: Scope) => unknown;

export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Index of the character that it is about. */
  readonly at: number;
  constructor(sentence: string, at: number) {
    super(sentence);
    this.at = at;
  }
}

/** What the making of one expression knows while it goes through the tree. */
export interface Compiling {
  /** Variables of the macros around, outermost first. */
  readonly locals: string[];
  /** Nodes so far. */
  nodes: number;
  /** The function of a node and all below it. */
  readonly compile: (node: ASTNode) => Evaluate;
}
