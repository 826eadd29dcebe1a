/** A program that reads as a consumer and notes each event durably before it goes on. Killed by its test, again and again. */
import { fsyncSync, openSync, writeSync } from "node:fs";
import { Trotline } from "../../src/sdk/client.ts";

const [url = "", key = "", file = ""] = process.argv.slice(2);
const client = new Trotline({ url, key, timeoutMs: 2000, retry: { firstDelayMs: 20, delayMsMax: 200 } });
const notes = openSync(file, "a");

for await (const event of client.consume("reader", { from: "earliest", leaseMs: 1000, limit: 20 })) {
  writeSync(notes, `${event.id}\n`);
  fsyncSync(notes);
}
