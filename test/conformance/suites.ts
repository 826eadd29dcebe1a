/** Everything that a store must do, whatever it keeps things in. */
import { appendSuite } from "./append-suite.ts";
import { attemptsSuite } from "./attempts-suite.ts";
import { consumerStoreSuite } from "./consumer-store-suite.ts";
import { eventTypeStoreSuite } from "./event-type-store-suite.ts";
import { idempotencySuite } from "./idempotency-suite.ts";
import { journalSuite } from "./journal-suite.ts";
import { orderingSuite } from "./ordering-suite.ts";
import { readBackSuite } from "./read-back-suite.ts";
import { readSuite } from "./read-suite.ts";
import { receivedSuite } from "./received-suite.ts";
import { registrySuite } from "./registry-store-suite.ts";
import { replayStoreSuite } from "./replay-store-suite.ts";
import { retentionSuite } from "./retention-suite.ts";
import { sourceStoreSuite } from "./source-store-suite.ts";
import { statisticsSuite } from "./statistics-suite.ts";
import type { StoreKind } from "./store-kinds.ts";

export function conformanceSuites(kind: StoreKind): void {
  for (const suite of [
    appendSuite,
    idempotencySuite,
    readSuite,
    readBackSuite,
    retentionSuite,
    journalSuite,
    orderingSuite,
    attemptsSuite,
    registrySuite,
    consumerStoreSuite,
    replayStoreSuite,
    eventTypeStoreSuite,
    sourceStoreSuite,
    receivedSuite,
    statisticsSuite,
  ]) {
    suite(kind);
  }
}
