/**
 * Webhooks a second that are received: GitHub's, of some 7 KB, 32 connections, each waiting for its answer before it
 * sends the next. Every one is verified (HMAC-SHA256 of its bytes), has a delivery id of its own that is looked for
 * among those that came before, and is on disk (fsync) before it is answered.
 *
 * Baseline: adnanh/webhook, as Debian packages it, checking one `payload-hmac-sha256` rule on the same bytes from the
 * same load generator. It parses the body, stores nothing, knows no copies, and runs no command here.
 *
 * Why it is fair: it is what people run today, a compiled program that uses both processors, and it is asked for less.
 */
import { alternate, type Figure, type Measured, roundSeconds } from "./figure.ts";
import { addSource, githubRequest, inboundPath, inboundSecret, pushPayload } from "./inbound-requests.ts";
import type { LoadCommands } from "./load.ts";
import { startServer } from "./server-process.ts";
import { startWebhook, webhookVersion } from "./webhook-program.ts";
import { startWorker } from "./worker.ts";

const connections = 32;

export const figure: Figure = {
  name: "inbound",
  unit: "requests/s",
  what: "verified, deduplicated, durable, 2xx, against adnanh/webhook that stores nothing",
  async measure(bench, resources): Promise<Measured> {
    const data = await resources.folder("inbound");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    await addSource(server);
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const body = await pushPayload();
    const seconds = roundSeconds(bench);
    const side = async (target: { port: number; path: string }): Promise<number> => {
      const sent = githubRequest({ ...target, body });
      const { answered, seconds: took } = await load.call("run", { port: target.port, ...sent, connections, seconds });
      return answered / took;
    };
    const value = () => side({ port: server.port, path: inboundPath });
    const version = webhookVersion();
    if (version === null) {
      const notes = ["no `webhook` is installed here (Debian has it as a package): there is no baseline"];
      await value();
      return { value: await value(), baseline: null, notes };
    }
    const webhook = await startWebhook({ id: "github", secret: inboundSecret }, resources);
    const sides = await alternate(bench, { name: "inbound", value, baseline: () => side(webhook) });
    return { ...sides, notes: [...sides.notes, `${version}; ${body.length} bytes, ${connections} connections`] };
  },
};
