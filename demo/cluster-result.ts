/** What came of the demo of many processes: each payload followed to each endpoint, and why any of them came twice. */
import type { Received } from "./receiver.ts";
import { haveArrived, judge, type Published, type Result, type Row, rowsText } from "./result.ts";

/** A time in which what was sent need not have been journalled. */
export interface Fault {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A payload due at one endpoint. */
export interface Due extends Published {
  /** Of the endpoint's URL. */
  readonly path: string;
}

export interface ClusterResult extends Result {
  readonly payloads: number;
  readonly endpoints: number;
  /** Duplicates of what was answered with 200 while no fault was near: there must be none. */
  readonly unexplained: number;
}

/** What ended so shortly before a fault may not be journalled: it is milliseconds, unless the machine is overloaded. */
const journalMs = 5000;

export function judgeCluster(
  due: readonly Due[],
  came: { readonly received: readonly Received[]; readonly faults: readonly Fault[] },
): ClusterResult {
  const received = came.received.map((request) => ({ ...request, id: deliveryOf(request) }));
  const published = due.map((delivery) => ({ ...delivery, id: deliveryOf(delivery) }));
  const isNearFault = ({ atMs }: Received): boolean =>
    came.faults.some(({ fromMs, untilMs }) => atMs >= fromMs - journalMs && atMs <= untilMs);
  const accepted = Map.groupBy(
    received.filter(({ failure }) => failure === null),
    ({ id }) => id,
  );
  // Each that came again says that the one before it was forgotten.
  const forgotten = [...accepted.values()].flatMap((requests) => requests.slice(0, -1));
  return {
    ...judge(published, { received, processed: [] }),
    payloads: new Set(due.map(({ id }) => id)).size,
    endpoints: new Set(due.map(({ path }) => path)).size,
    unexplained: forgotten.filter((request) => !isNearFault(request)).length,
  };
}

/** True only if every payload arrived everywhere, and came twice only where a fault was near. */
export const isClusterWhole = (result: ClusterResult): boolean => haveArrived(result) && result.unexplained === 0;

export function clusterTable(result: ClusterResult): string {
  const rows: Row[] = [
    ["published", result.payloads, "payloads of @octokit/webhooks-examples, at three processes"],
    ["due", result.published, `deliveries: each payload wherever it is wanted, at ${result.endpoints} endpoints`],
    ["delivered", result.delivered, "as Trotline reports"],
    ["verified", result.verified, "every request of it, by the npm library standardwebhooks"],
    ["byte-equal", result.byteEqual, "`data` received as it was published, not re-serialised"],
    ["retried", result.retried, "failed the first time and arrived by a later attempt"],
    [
      "duplicates",
      result.duplicates,
      "came again: in flight, or not journalled, when something broke or a lease ran out",
    ],
    ["unexplained", result.unexplained, "came again although nothing broke"],
    ["lost", result.lost, "never arrived"],
  ];
  const verdict = isClusterWhole(result)
    ? "Every payload arrived wherever it was wanted, signed and byte for byte: nothing was lost."
    : "Something is wrong: see the table.";
  return ["", rowsText(rows), "", verdict].join("\n");
}

const deliveryOf = ({ path, id }: { readonly path: string; readonly id: string }): string => `${path} ${id}`;
