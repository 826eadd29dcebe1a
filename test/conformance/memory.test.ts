import { appendSuite, idempotencySuite, readSuite } from "./event-log-suite.ts";
import { attemptsSuite, journalSuite } from "./journal-suite.ts";
import { registrySuite } from "./registry-store-suite.ts";
import { retentionSuite } from "./retention-suite.ts";
import { memoryKind } from "./store-kinds.ts";

for (const suite of [
  appendSuite,
  idempotencySuite,
  readSuite,
  retentionSuite,
  journalSuite,
  attemptsSuite,
  registrySuite,
]) {
  suite(memoryKind);
}
