/**
 * The consumer of the demo, a process of its own that is killed in the middle: reads the feed by a cursor that Trotline
 * keeps for its name, and writes down what it has processed before it asks for more.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { serveCommands } from "../bench/worker.ts";
import { Trotline } from "../src/sdk/client.ts";
import { dataHash, type Processed } from "./result.ts";

/** Work takes time: so that there is a middle to be killed in. */
const workMs = 2;

const commands = {
  /** Does not end: the process is killed, or ended when all was read. */
  async consume({ url, key, file }: { url: string; key: string; file: string }): Promise<void> {
    const client = new Trotline({ url, key });
    const descriptor = openSync(file, "a");
    try {
      const options = { types: ["github.*"], from: "earliest", leaseMs: 1000, limit: 25 };
      for await (const event of client.consume("demo", options)) {
        await new Promise((resolve) => setTimeout(resolve, workMs));
        const line: Processed = { id: event.id, hash: dataHash(event.data) };
        writeSync(descriptor, `${JSON.stringify(line)}\n`);
        fsyncSync(descriptor);
      }
    } finally {
      closeSync(descriptor);
    }
  },
};
export type DemoConsumerCommands = typeof commands;

serveCommands(commands);
