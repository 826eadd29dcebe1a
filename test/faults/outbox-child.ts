/** A process that moves what is in the outbox, to be killed: `node outbox-child.ts <url>`. Prints a line for each page. */
import { Database } from "../../src/log/postgres/database.ts";
import { OutboxDrainer } from "../../src/log/postgres/outbox-drainer.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { silent } from "../conformance/store-kinds.ts";

const database = new Database({ url: process.argv[2] ?? "", logger: silent });
const parts = { database, clock: systemClock(), logger: silent } as ConstructorParameters<typeof OutboxDrainer>[0];
const drainer = new OutboxDrainer(parts, {
  bounds: () => ({ head: 0, earliest: 1, epochs: [] as never }),
  announced: async () => {},
});
drainer.start({
  eventBytesMax: 10_000,
  check: () => {},
  onPublished: ({ stored }) => process.stdout.write(`${stored}\n`),
});
