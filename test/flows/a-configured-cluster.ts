/** Several apps on one store, whose receivers are looked at instead of reached. */
import type { TestContext } from "node:test";
import type { App, AppOptions } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { anApp } from "./an-app.ts";

/** What processes share; opens a store of another process on it. */
export interface SharedKind {
  readonly name: string;
  share(): Promise<() => Promise<Store>>;
}

const clock = systemClock();

export const onMemory: SharedKind = {
  name: "memory",
  share: async () => {
    const shared = new MemoryData({ clock, shards: 8 });
    return async () => openMemoryStore({ clock, shared });
  },
};

export const onPostgres: SharedKind = {
  name: "PostgreSQL",
  share: async () => {
    const url = await aDatabase();
    return () => openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  },
};

/** Nobody knows what changed, only that something did: all is loaded again each time. */
export const onForgetfulMemory: SharedKind = {
  name: "memory that forgets what changed",
  share: async () => {
    const open = await onMemory.share();
    return async () => {
      const store = await open();
      const { changes } = store;
      if (changes === undefined) return store;
      const since = changes.since.bind(changes);
      changes.since = async (sequence) => {
        const { head } = await since(sequence);
        return { head, changes: [], isComplete: head === sequence };
      };
      return store;
    };
  },
};

const taken: AttemptResult = {
  ...{ status: 200, errorClass: null, errorDetail: null, durationMs: 1 },
  ...{ responseBody: new Uint8Array(), responseTruncated: false, retryAfterMs: null },
};
const gone: AttemptResult = { ...taken, status: 410, errorClass: "http_status" };

export interface Sent {
  readonly url: string;
  readonly id: string;
}

export async function aConfiguredCluster(context: TestContext, kind: SharedKind) {
  const open = await kind.share();
  const sent: Sent[] = [];
  const answers = new Map<string, AttemptResult>();
  const sender: Sender = {
    send: async ({ url, body }) => {
      sent.push({ url, id: JSON.parse(Buffer.from(body).toString()).id });
      return answers.get(url) ?? taken;
    },
    abortAll: () => {},
    close: async () => {},
  };
  const start = async (options: Partial<AppOptions> = {}): Promise<App> => {
    const store = await open();
    const app = await anApp({ shutdownGraceMs: 500, ...options, machine: { clock, store, sender } });
    context.after(() => app.close());
    return app;
  };
  /** An app that delivers, and one that does not. */
  const aPair = async (): Promise<{ api: App; holder: App }> => {
    const api = await start({ roles: ["api"] });
    const holder = await start();
    await eventually("it runs all", () => running(holder) === holder.shards.count, 15_000);
    return { api, holder };
  };
  return { open, start, aPair, sent, answers, gone };
}

export const running = (app: App): number => app.shards.values().filter(({ state }) => state === "running").length;
