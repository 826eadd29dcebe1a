/** Servers of several processes on one store, and a receiver that does as it is told. */
import type { TestContext } from "node:test";
import type { App, AppOptions } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Clock, Sender } from "../../src/core/ports.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { aServer, type TestServer } from "./a-server.ts";

export const adminKey = "a-key-of-the-operator-of-all";

export type StoreOpener = (clock: Clock) => Promise<Store>;

export function sharedMemory(clock: Clock, shared = new MemoryData({ clock, shards: 8 })): StoreOpener {
  return async () => openMemoryStore({ clock, shared });
}

export async function sharedDatabase(): Promise<StoreOpener> {
  const url = await aDatabase();
  return (clock) => openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
}

export interface ServerCluster {
  /** `change`: the store as this one process has it. */
  start(options?: Partial<AppOptions>, change?: (store: Store) => Store): Promise<TestServer>;
  /** Paths of the URLs that were sent to, with the ids of events: `/1 e1`. */
  readonly sent: string[];
  /** With which status a path answers: 200 where nothing is said. */
  readonly statuses: Map<string, number>;
  /** Nothing is answered any more, until `release`. */
  hold(): void;
  release(): void;
}

export function aServerCluster(
  context: TestContext,
  { open, clock = systemClock() }: { readonly open: StoreOpener; readonly clock?: Clock },
): ServerCluster {
  const sent: string[] = [];
  const statuses = new Map<string, number>();
  const held: (() => void)[] = [];
  let isHeld = false;
  const sender: Sender = {
    send: async ({ url, body }) => {
      const { pathname } = new URL(url);
      sent.push(`${pathname} ${JSON.parse(Buffer.from(body).toString()).id}`);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return answered(statuses.get(pathname) ?? 200);
    },
    abortAll: () => {},
    close: async () => {},
  };
  return {
    sent,
    statuses,
    start: async (options = {}, change = (store) => store) => {
      const store = change(await open(clock));
      const app = { adminKey, shutdownGraceMs: 500, ...options, machine: { clock, store, sender } };
      return aServer(context, { app, server: { shutdownGraceMs: 500 } });
    },
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      for (const resolve of held.splice(0)) resolve();
    },
  };
}

function answered(status: number): AttemptResult {
  const isTaken = status < 300;
  const failure = { errorClass: "http_status" as const, errorDetail: `answered ${status}` };
  return {
    ...{ status, durationMs: 1, retryAfterMs: null, responseBody: Buffer.from("seen"), responseTruncated: false },
    ...(isTaken ? { errorClass: null, errorDetail: null } : failure),
  };
}

/** How many shards run there. */
export const runningAt = ({ shards }: App): number => shards.values().filter(({ state }) => state === "running").length;

export const runsAll = (server: TestServer): Promise<unknown> =>
  eventually("it runs all", () => runningAt(server.app) === server.app.shards.count, 15_000);
