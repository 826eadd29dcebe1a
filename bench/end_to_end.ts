/**
 * Deliveries a second through the whole of Trotline: published over HTTP in batches of 100 events with 1 KiB of data,
 * made durable, signed, posted to one endpoint with 64 in flight, answered, and journalled. The clock runs from the
 * first publish until the receiver has answered the last delivery and the server reports every attempt journalled.
 *
 * Baseline: a bare loop of undici's `dispatch` that posts the same body, with headers of the same size, to the same
 * receiver, with the same 64 in flight.
 *
 * Why it is fair: one receiver process serves both in turn, and each sender has kept its connections open; what the
 * ratio leaves out of one is the price of accepting, storing, signing and remembering. On a machine with two cores the
 * load generator and Trotline's writer thread share them with the receiver, and the baseline has nothing beside it: the
 * ratio is what is left of the machine, not of one thread. Published, received and journalled must be the same number
 * in each round. The receiver is on `node:http`, as receivers are; with `--lean-receiver` it is on plain sockets, and
 * only the senders are compared.
 */
import { Webhook } from "standardwebhooks";
import {
  createBusyEndpoint,
  deliveriesPerSecond,
  eventsPerRound,
  inFlight,
  repeatedHeaders,
  startSending,
} from "./deliveries.ts";
import type { DispatchLoopCommands } from "./dispatch-loop.ts";
import { alternate, type Figure } from "./figure.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

export const figure: Figure = {
  name: "end_to_end",
  unit: "deliveries/s",
  what: "publish → durable → signed POST → journalled, against a bare undici loop",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const data = await resources.folder("end-to-end");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    const endpoint = await createBusyEndpoint(server, sending);
    const loop = await startWorker<DispatchLoopCommands>(new URL("dispatch-loop.ts", import.meta.url), resources);
    const events = eventsPerRound(bench);

    // Checked by another implementation of Standard Webhooks. The loop repeats, byte for byte, a request that Trotline
    // made: same body, same headers.
    await deliveriesPerSecond(server, sending, 100);
    const { sample } = await sending.receiver.call("state", undefined);
    new Webhook(endpoint.secrets[0] ?? "").verify(Buffer.from(sample.body), sample.headers);
    const repeated = repeatedHeaders(sample.headers);

    const sides = await alternate(bench, {
      name: "end_to_end",
      value: () => deliveriesPerSecond(server, sending, events),
      async baseline() {
        // Twice as many, since they take half as long: both sides are watched for about the same time.
        const { seconds } = await loop.call("run", {
          port: sending.receiverPort,
          path: "/busy",
          headers: repeated,
          body: sample.body,
          inFlight,
          requests: events * 2,
        });
        return (events * 2) / seconds;
      },
    });
    return {
      ...sides,
      notes: [
        ...sides.notes,
        `receiver on ${bench.receiver}`,
        `body ${sample.body.length} bytes, ${inFlight} in flight, ${events} events a round`,
      ],
    };
  },
};
