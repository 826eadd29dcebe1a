/** A process that takes requests for endpoints which other processes run. */
import type { TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import type { RequestStore } from "../../src/log/request-store.ts";
import { aMovedClock } from "../flows/a-moved-clock.ts";
import type { Answer, TestServer } from "../flows/a-server.ts";
import { aServerCluster, type StoreOpener, sharedMemory } from "../flows/a-server-cluster.ts";

export interface RequestSetting {
  /** Memory where absent. */
  readonly open?: StoreOpener;
  readonly endpoints?: number;
  readonly app?: Partial<AppOptions>;
  /** The requests of the store, as the holder has them. */
  readonly requests?: (requests: RequestStore) => Partial<RequestStore>;
}

/** A process that takes requests, and endpoints; and how to start one that runs these. */
export async function aRequestSetting(context: TestContext, setting: RequestSetting = {}) {
  const { endpoints = 1, app = {}, requests = () => ({}) } = setting;
  const { clock, forward } = aMovedClock();
  const shared = new MemoryData({ clock, shards: 8 });
  const cluster = aServerCluster(context, { open: setting.open ?? sharedMemory(clock, shared), clock });
  const api = await cluster.start({ roles: ["api"], ...app });
  const ids: string[] = [];
  for (let number = 1; number <= endpoints; number++) {
    const body = { url: `http://127.0.0.1:9/${number}` };
    ids.push((await api.ask("POST /v1/endpoints", { body })).body.id);
  }
  const startHolder = async (): Promise<TestServer> => {
    const holder = await cluster.start(app, (store) => {
      const kept = store.requests as RequestStore;
      const plain: RequestStore = {
        ask: (request) => kept.ask(request),
        take: (by) => kept.take(by),
        putBack: (id, by) => kept.putBack(id, by),
        renew: (all, by) => kept.renew(all, by),
        answer: (id, by, content) => kept.answer(id, by, content),
        ended: (from) => kept.ended(from),
      };
      return { ...store, requests: { ...plain, ...requests(kept) } };
    });
    return holder;
  };
  return { cluster, api, shared, forward, ids, startHolder };
}

export const seek = (server: TestServer, id: string | undefined): Promise<Answer> =>
  server.ask(`POST /v1/endpoints/${id}/seek`, { body: { to: "latest" } });
