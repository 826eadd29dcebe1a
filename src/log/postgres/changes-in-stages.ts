/** Changes of parked rows, gathered for statements that each change many. */
import type { ParkedDelivery } from "../../core/delivery.ts";
import type { ParkedChange } from "../../core/lane.ts";
import type { JournalBatch } from "../journal.ts";

/** A change of all rows of an endpoint. */
export type MassChange = Exclude<ParkedChange, { do: "park" | "unpark" }>;

/** First the rows are written, in any order, and then what concerns many. No endpoint has two changes in `masses`. */
export interface ChangeStage {
  /** `row` is null where it goes. */
  readonly rows: { readonly endpointNumber: number; readonly position: number; readonly row: ParkedDelivery | null }[];
  readonly masses: { readonly endpointNumber: number; readonly change: MassChange }[];
}

type RowsByPosition = Map<number, ParkedDelivery | null>;
interface Step {
  readonly rows: RowsByPosition;
  mass: MassChange | null;
}

/**
 * Stages that, one after the other, do what the changes do in their order. Endpoints do not concern each other, so
 * there are as many stages as some endpoint has changes of all its rows, and mostly one; of a row between two of these
 * only the last state counts.
 */
export function changesInStages(changes: JournalBatch["changes"]): ChangeStage[] {
  const byEndpoint = new Map<number, Step[]>();
  for (const { endpointNumber, change } of changes) {
    const steps = byEndpoint.get(endpointNumber);
    if (steps === undefined) byEndpoint.set(endpointNumber, stepsWith([], change));
    else stepsWith(steps, change);
  }
  const stages: ChangeStage[] = [];
  // In one order for everybody: then two that change the same rows wait for each other, and never both.
  for (const [endpointNumber, steps] of [...byEndpoint].sort(([left], [right]) => left - right)) {
    for (const [index, { rows, mass }] of steps.entries()) {
      stages[index] ??= { rows: [], masses: [] };
      const stage = stages[index];
      for (const [position, row] of [...rows].sort(([left], [right]) => left - right)) {
        stage.rows.push({ endpointNumber, position, row });
      }
      if (mass !== null) stage.masses.push({ endpointNumber, change: mass });
    }
  }
  return stages;
}

function stepsWith(steps: Step[], change: ParkedChange): Step[] {
  // What was done before to rows that all go is in vain.
  if (change.do === "cancelAll") steps.length = 0;
  if (steps.length === 0 || steps.at(-1)?.mass !== null) steps.push({ rows: new Map(), mass: null });
  const last = steps.at(-1) as Step;
  if (change.do === "park") last.rows.set(change.row.position, change.row);
  else if (change.do === "unpark") last.rows.set(change.position, null);
  else last.mass = change;
  return steps;
}
