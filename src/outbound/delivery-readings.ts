/** Who reads from the store what it says of one delivery, and means to act on it, is told when that is overtaken. */
import type { AttemptRecord } from "../core/attempt.ts";
import type { ParkedChange } from "../core/lane.ts";

export interface DeliveryReading {
  readonly endpointNumber: number;
  readonly position: number;
  /** Something was noted of it meanwhile: what was read may not be so any more. */
  isOvertaken: boolean;
}

/** Whether it changes the row of this delivery, or may. */
function concerns(change: ParkedChange, position: number): boolean {
  if (change.do === "park") return change.row.position === position;
  return change.do !== "unpark" || change.position === position;
}

export class DeliveryReadings {
  readonly #readings = new Set<DeliveryReading>();

  began(endpointNumber: number, position: number): DeliveryReading {
    const reading = { endpointNumber, position, isOvertaken: false };
    this.#readings.add(reading);
    return reading;
  }

  ended(reading: DeliveryReading): void {
    this.#readings.delete(reading);
  }

  noted(endpointNumber: number, attempt: AttemptRecord | null, changes: readonly ParkedChange[]): void {
    for (const reading of this.#readings) {
      const { position } = reading;
      if (reading.endpointNumber !== endpointNumber) continue;
      if (attempt?.position === position || changes.some((change) => concerns(change, position))) {
        reading.isOvertaken = true;
      }
    }
  }

  get isEmpty(): boolean {
    return this.#readings.size === 0;
  }
}
