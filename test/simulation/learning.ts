/** Asks the simulated store what an ordered lane wants to know of its keys, as `outbound/lane-loading.ts` does. */
import { orderingOf } from "../../src/core/endpoint-order.ts";
import type { LaneTurn } from "../../src/core/lane.ts";
import { orderKey } from "../../src/core/lane-key.ts";
import { keysLearnt, learningIsOvertaken, misfit, rowIdentified } from "../../src/core/lane-learn.ts";
import type { RunningLane } from "./running-lane.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** So few that it takes several steps in which the process may die. */
const rowsPerStep = 3;

export function learn(process: SimulatedProcess, running: RunningLane, turn: LaneTurn & { do: "learn" }): void {
  const { world, journal } = process;
  const { lane, endpoint } = running;
  const { number, settings } = endpoint;
  const delayMs = (): number => (world.fraction() < 0.1 ? 2_000 : 10) * world.fraction();
  const keyOf = (position: number): number | null =>
    position < world.store.earliest ? null : orderKey(orderingOf(settings), endpoint.subjectOf?.(position) ?? null);
  const step = (): void => {
    const standing = world.store.standingKeys(number);
    process.later(delayMs(), () => {
      if (learningIsOvertaken(lane, turn.ticket)) return running.turn();
      const change = lane.order === null ? null : misfit(lane.order, settings, standing);
      if (change === null) return learnt(standing);
      if (change.do !== "identify") running.changed([change]);
      else return identify(change.keys);
      journal.whenDurable(step);
    });
  };
  const identify = (keys: readonly number[]): void => {
    const rows = world.store.parkedOfKeys(number, keys, rowsPerStep);
    process.later(delayMs(), () => {
      if (learningIsOvertaken(lane, turn.ticket)) return running.turn();
      running.changed(rows.map((row) => rowIdentified(row, keyOf(row.position))));
      journal.whenDurable(step);
    });
  };
  const learnt = (standing: ReturnType<typeof world.store.standingKeys>): void => {
    const keys = new Map<number, number>();
    for (const position of turn.positions) {
      const key = keyOf(position);
      if (key !== null) keys.set(position, key);
    }
    keysLearnt(lane, { ticket: turn.ticket, standing, keys });
    running.turn();
  };
  journal.whenDurable(step);
}
