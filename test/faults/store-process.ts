/**
 * A process that owns a store and appends without end, for tests that kill it: prints `open` (or the code of the
 * error), and then the position of each event after it was answered. Run with the folder as its argument; `idle` as a
 * second one keeps it from appending.
 */
import { openSqliteStore } from "../../src/log/sqlite/store.ts";
import { anEvent, append } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";

const [folder, mode] = process.argv.slice(2);
if (folder === undefined) throw new Error("a folder is missing");
const clock = { wallMs: () => Date.now(), steadyMs: () => Date.now() };
const store = await openSqliteStore({ folder, clock, logger: silent }).catch((error) => {
  process.stdout.write(`${error.code}\n`);
  process.exit(1);
});
process.stdout.write("open\n");

async function appendForever(lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    const events = Array.from({ length: 1 + (count % 4) }, (_, index) =>
      anEvent({ id: `${process.pid}-${lane}-${count}-${index}`, data: "x".repeat(200) }),
    );
    const positions = await append(store, ...events);
    process.stdout.write(`${positions.map((position, index) => `${position} ${events[index]?.id}`).join("\n")}\n`);
  }
}

if (mode !== "idle") await Promise.all([1, 2, 3, 4].map(appendForever));
