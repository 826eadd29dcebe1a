/**
 * A program that uses the receiver kit, for tests that kill it: prints `listens on URL`, then `begins ID` and `handled ID`
 * for each event. Run with the folder as its argument; `hangs` as a second one has no event handled to its end.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createReceiver } from "../../src/receiver.ts";
import { quiet } from "../flows/a-receiver.ts";
import { sourceSecret } from "../flows/a-source.ts";

const [folder = "", mode] = process.argv.slice(2);
const receiver = await createReceiver({
  folder,
  sources: { github: { scheme: "github", secret: sourceSecret } },
  logger: quiet,
  handle: async ({ deliveryId }) => {
    process.stdout.write(`begins ${deliveryId}\n`);
    if (mode === "hangs") await new Promise(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    process.stdout.write(`handled ${deliveryId}\n`);
  },
});
const server = createServer(receiver.node).listen(0, "127.0.0.1", () => {
  process.stdout.write(`listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
