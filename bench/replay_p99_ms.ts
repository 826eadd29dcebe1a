/**
 * The 99th percentile, in milliseconds, of the time from publishing an event until its delivery has come, at ten
 * endpoints that 200 events a second are for, while 100,000 old events are replayed to another endpoint.
 *
 * Baseline: the same server, endpoints and pace, while nothing is replayed.
 *
 * Why it is fair: one process publishes and receives on both sides, at the same pace, by one clock; the replayed events
 * go to another process, so that they delay nobody but in Trotline and in what all processes share of the machine. The
 * replay begins before a round does and must still run when the round ends; then it is cancelled.
 */
import type { DelaysCommands } from "./delays.ts";
import { startSending } from "./deliveries.ts";
import { batchText, eventText, orderData, publishRequest } from "./events.ts";
import { alternate, type Figure, quantile } from "./figure.ts";
import { type Server, startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const replayedTotal = 100_000;
const perRequest = 1000;
const perSecond = 200;
const endpointsTotal = 10;
const oldType = "bench.old";
const types = Array.from({ length: endpointsTotal }, (_, index) => `bench.live.${index}`);

interface ReplayView {
  readonly id: string;
  readonly status: string;
  readonly sent: number;
}

export const figure: Figure = {
  name: "replay_p99_ms",
  unit: "ms",
  what: "delay of live events beside a replay of 100,000, against without",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const delays = await startWorker<DelaysCommands>(new URL("delays.ts", import.meta.url), resources);
    const { port } = await delays.call("listen", undefined);
    const server = await startServer(
      { data: await resources.folder("replay"), nodeOptions: bench.nodeOptions },
      resources,
    );
    const batch = batchText(perRequest, eventText(512, oldType));
    const load = { port: server.port, request: publishRequest(server, batch), connections: 2 };
    await sending.load.call("run", { ...load, requests: replayedTotal / perRequest });
    const replayed = `http://127.0.0.1:${sending.receiverPort}/busy`;
    const old = await server.api<{ id: string }>("POST", "/v1/endpoints", { url: replayed, types: [oldType] });
    for (const type of types) {
      await server.api("POST", "/v1/endpoints", { url: `http://127.0.0.1:${port}/${type}`, types: [type] });
    }
    const seconds = bench.quick ? 1 : 2;
    const pace = { server: { port: server.port, key: server.key }, types, unmeasured: [], perSecond, seconds };
    const live = async () => quantile(await delays.call("run", { ...pace, data: orderData(1024) }), 0.99);
    let replayedPerSecond = 0;
    const sides = await alternate(bench, {
      name: "replay_p99_ms",
      async value() {
        const { p99Ms, sent } = await duringReplay(server, old.id, live);
        replayedPerSecond = Math.max(replayedPerSecond, sent / seconds);
        return p99Ms;
      },
      baseline: live,
    });
    const notes = [
      `${perSecond} live events a second, ${seconds} s a round; up to ${Math.round(replayedPerSecond)} replayed a second`,
    ];
    return { ...sides, notes: [...sides.notes, ...notes] };
  },
};

async function duringReplay(
  server: Server,
  endpointId: string,
  measure: () => Promise<number>,
): Promise<{ p99Ms: number; sent: number }> {
  const started = await server.api<ReplayView>("POST", `/v1/endpoints/${endpointId}/replay`, { only: "all" });
  const p99Ms = await measure();
  const replay = await server.api<ReplayView>("GET", `/v1/replays/${started.id}`);
  if (replay.status !== "running") throw new Error(`the replay was ${replay.status} before the round ended`);
  await server.api("POST", `/v1/replays/${started.id}/cancel`);
  return { p99Ms, sent: replay.sent };
}
