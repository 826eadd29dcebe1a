/**
 * Worker: the baseline of everything that delivers. A bare loop of undici's `dispatch`, its lowest layer, that posts
 * one body made beforehand: no log, no queue, no signature, no timeout, no record of what came of it.
 */
import { Pool } from "undici";
import { post } from "./bare-post.ts";
import { serveCommands } from "./worker.ts";

interface Loop {
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly inFlight: number;
  readonly requests: number;
}

let pool: Pool | null = null;

async function run(loop: Loop): Promise<{ seconds: number }> {
  // One pool for all rounds: its connections stay open, as those of a server do.
  pool ??= new Pool(`http://127.0.0.1:${loop.port}`, { connections: loop.inFlight, pipelining: 1 });
  const startMs = performance.now();
  let left = loop.requests;
  const lane = async (dispatcher: Pool) => {
    while (left > 0) {
      left -= 1;
      await post(dispatcher, loop);
    }
  };
  await Promise.all(Array.from({ length: loop.inFlight }, () => lane(pool as Pool)));
  return { seconds: (performance.now() - startMs) / 1000 };
}

const commands = { run };
export type DispatchLoopCommands = typeof commands;

serveCommands(commands);
