import type { Place } from "../yaml/file-node.ts";

/** A template cannot be parsed, or fails when it is run. */
export class TemplateProblem extends Error {
  override readonly name = "TemplateProblem";
  readonly place: Place | null;

  constructor(message: string, place: Place | null = null) {
    super(message);
    this.place = place;
  }
}
