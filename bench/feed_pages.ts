/**
 * Events a second that one client reads from the feed over HTTP, in pages of 1,000, from the beginning of a long log:
 * everything comes from the store and nothing from memory, because the server was started after it was filled.
 *
 * Baseline: a loop of `node:sqlite` that reads the same rows from the same file, a thousand at a time, and stringifies
 * each page, in one process and without HTTP.
 *
 * Why it is fair: both make JSON pages of the same events, of the same size within a few bytes an event. The baseline
 * parses and stringifies `data`, as plain programs do; Trotline does not, and must not, since it keeps bytes. What it
 * has to do beside is to carry rows from its reading thread, write cursors, and speak HTTP to another process.
 */
import { alternate, type Figure } from "./figure.ts";
import type { PageLoopCommands } from "./page-loop.ts";
import type { PageReaderCommands } from "./page-reader.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const limit = 1000;

export const figure: Figure = {
  name: "feed_pages",
  unit: "events/s",
  what: "pages of 1,000 over HTTP from the store, against reading and stringifying the same rows",
  async measure(bench, resources) {
    const { data } = await bench.filledLog();
    const events = bench.quick ? 20_000 : 100_000;
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    const reader = await startWorker<PageReaderCommands>(new URL("page-reader.ts", import.meta.url), resources);
    const loop = await startWorker<PageLoopCommands>(new URL("page-loop.ts", import.meta.url), resources);
    const perEvent = { value: 0, baseline: 0 };
    const source = { port: server.port, key: server.key, events, limit };
    const sides = await alternate(bench, {
      name: "feed_pages",
      async value() {
        const { count, bytes, seconds } = await reader.call("read", source);
        perEvent.value = bytes / count;
        return count / seconds;
      },
      async baseline() {
        const { count, bytes, seconds } = await loop.call("read", { folder: data, events, limit });
        perEvent.baseline = bytes / count;
        return count / seconds;
      },
    });
    const sizes = `bytes an event: ${Math.round(perEvent.value)}, baseline ${Math.round(perEvent.baseline)}`;
    return { ...sides, notes: [...sides.notes, sizes] };
  },
};
