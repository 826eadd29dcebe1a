/** A consumer as a server keeps it, in a few lines, so that a test can make every part of it fail. */
import type { ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { answer, aScriptedServer, refuse, type ScriptedRequest, type ScriptedServer } from "./sdk-scripted-server.ts";

export interface ScriptedEvent {
  readonly id: string;
  readonly subject?: string;
}

export interface ScriptedConsumer {
  readonly server: ScriptedServer;
  readonly log: ScriptedEvent[];
  settings: Record<string, unknown>;
  exists: boolean;
  /** Positions that were acknowledged, in the order of the requests. */
  readonly acknowledged: number[];
  position: number;
  lease: string | null;
  /** The filter leaves out everything from the end of `log` up to here. */
  leftOutThrough: number;
  /** Asked before each request is served; true where it has answered, or will not. */
  interfere: (request: ScriptedRequest, response: ServerResponse) => boolean;
  /** Requests of this kind, such as `events`, `ack`, `release`, or `` for the consumer itself. */
  asked(action: string): ScriptedRequest[];
}

export const cursorOf = (position: number): string => `c${position}`;
const positionOf = (cursor: string): number => Number(cursor.slice(1));

const path = "/v1/consumers/reader";
/** How long an empty page is held, whatever is asked for. */
const holdMs = 20;

export async function aScriptedConsumer(context: Pick<TestContext, "after">, count = 0): Promise<ScriptedConsumer> {
  let leases = 0;
  const consumer: ScriptedConsumer = {
    server: await aScriptedServer(context, (request, response) => {
      if (!consumer.interfere(request, response)) serve(request, response);
    }),
    log: Array.from({ length: count }, (_, index) => ({ id: `e${index + 1}` })),
    settings: { types: [], filter: null, subject: null, lease_ms: 60_000 },
    exists: true,
    acknowledged: [],
    position: 0,
    lease: null,
    leftOutThrough: 0,
    interfere: () => false,
    asked: (action) => consumer.server.requests.filter(({ what }) => what.split(" ")[1] === path + action),
  };
  const view = () => ({ name: "reader", ...consumer.settings, cursor: cursorOf(consumer.position) });

  function serve(request: ScriptedRequest, response: ServerResponse): unknown {
    if (request.what === `PUT ${path}`) {
      consumer.exists = true;
      const { from: _, ...settings } = request.body;
      Object.assign(consumer.settings, settings);
      return answer(response, 200, view());
    }
    if (!consumer.exists) return refuse(response, 404, "consumer-not-found");
    if (request.what === `GET ${path}`) return answer(response, 200, view());
    if (request.what === `GET ${path}/events`) return fetchPage(request, response);
    if (request.body?.lease !== consumer.lease) return refuse(response, 409, "lease-stale");
    if (request.what === `POST ${path}/ack`) {
      const position = positionOf(request.body.cursor);
      if (position < consumer.position) return refuse(response, 409, "ack-backwards");
      consumer.position = position;
      consumer.acknowledged.push(position);
      return answer(response, 200, view());
    }
    consumer.lease = null;
    return response.writeHead(204).end();
  }

  function fetchPage({ query }: ScriptedRequest, response: ServerResponse): unknown {
    const lease = query.get("lease");
    if (lease === null) {
      if (consumer.lease !== null) return refuse(response, 409, "lease-held");
      leases += 1;
      consumer.lease = `lease_${leases}`;
    } else if (lease !== consumer.lease) return refuse(response, 409, "lease-stale");
    const after = query.get("after") === null ? consumer.position : positionOf(query.get("after") ?? "");
    const limit = Number(query.get("limit"));
    const send = (): void => {
      const data = consumer.log.slice(after, after + limit).map((event, index) => ({
        tenant: "default",
        type: "a",
        data: null,
        ...event,
        cursor: cursorOf(after + index + 1),
      }));
      const through = after + data.length;
      const next = through === consumer.log.length ? Math.max(through, consumer.leftOutThrough) : through;
      const has_more = through < consumer.log.length;
      answer(response, 200, { data, next_cursor: cursorOf(next), has_more, lease: consumer.lease });
    };
    if (after < consumer.log.length || query.get("wait") === null) return send();
    return setTimeout(send, holdMs);
  }

  return consumer;
}
