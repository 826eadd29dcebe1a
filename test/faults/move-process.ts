/** Moves a store in small pages, and prints a line for each, so that it can be killed at any of them. */
import { moveStore } from "../../src/log/move/move.ts";
import { openPostgresImport } from "../../src/log/postgres/store-import.ts";
import { openSqliteExport } from "../../src/log/sqlite/store-export.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { silent } from "../conformance/store-kinds.ts";

const [folder = "", url = ""] = process.argv.slice(2);
const { signal } = new AbortController();
const from = openSqliteExport(folder);
// A short lease: whoever comes after a process that was killed waits for its end.
const to = await openPostgresImport({
  ...{ url, signal, restart: false, clock: systemClock(), logger: silent },
  ...{ leaseMs: 300, durability: "trusted" },
});
await moveStore({
  ...{ from, to, signal, rowsMax: 20 },
  onStep: ({ step, table, rows }) => process.stdout.write(`${step} ${table} ${rows}\n`),
});
await to.close();
await from.close();
process.stdout.write("done\n");
