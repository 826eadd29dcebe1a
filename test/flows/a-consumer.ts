/** What a client does with one consumer, over HTTP, for tests. */
import { get } from "node:http";
import type { Answer, TestServer } from "./a-server.ts";

export interface ConsumerClient {
  put(body?: object): Promise<Answer>;
  get(): Promise<Answer>;
  /** `query` such as `wait=1&lease=…`. */
  fetch(query?: string): Promise<Answer>;
  ack(cursor: string, lease: string): Promise<Answer>;
  seek(to: string): Promise<Answer>;
  release(lease: string): Promise<Answer>;
  remove(): Promise<Answer>;
}

export function aConsumer({ ask }: Pick<TestServer, "ask">, name = "billing", tenant?: string): ConsumerClient {
  const path = `/v1/consumers/${encodeURIComponent(name)}`;
  const of = tenant === undefined ? "" : `tenant=${tenant}`;
  return {
    put: (body = {}) => ask(`PUT ${path}?${of}`, { body }),
    get: () => ask(`GET ${path}?${of}`),
    fetch: (query = "") => ask(`GET ${path}/events?${[of, query].filter(Boolean).join("&")}`),
    ack: (cursor, lease) => ask(`POST ${path}/ack?${of}`, { body: { cursor, lease } }),
    seek: (to) => ask(`POST ${path}/seek?${of}`, { body: { to } }),
    release: (lease) => ask(`POST ${path}/release?${of}`, { body: { lease } }),
    remove: () => ask(`DELETE ${path}?${of}`),
  };
}

/** Ids of the events of a page. */
export const idsOf = (page: Answer): string[] => page.body.data.map((event: { id: string }) => event.id);

/** A client that waits for events of the consumer `billing` until it goes away, without having been answered. */
export function aWaitingClient({ url, key }: TestServer, query: string): { leave(): void } {
  const headers = { authorization: `Bearer ${key}` };
  const request = get(`${url}/v1/consumers/billing/events?${query}`, { headers });
  request.on("error", () => {});
  return { leave: () => void request.destroy() };
}
