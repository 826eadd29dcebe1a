/** A lane for each hook, so that one that is slow or busy holds back no other. Made when its first request comes. */
import type { Endpoint } from "../../core/endpoint.ts";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Registry } from "../../registry/registry.ts";
import { hookEventType } from "./hook-events.ts";

/** The name under which the app knows what runs hooks. */
export const hooksHandler = "hooks";

export interface HookLanesOptions {
  readonly registry: Registry;
  readonly events: Pick<EventLog, "bounds">;
  /** Commands of one hook at once. */
  readonly concurrency: number;
  /** Null: as long as an attempt may take. */
  readonly timeoutMs: number | null;
}

/** An attempt outlasts its command, which is ended when its own time is up. */
const timeoutMarginMs = 30_000;

/** How long an attempt of a hook may take; `timeoutMs` is its command's own bound. */
export const attemptTimeoutMs = (timeoutMs: number | null): number =>
  Math.min(limits.runTimeoutMsMax, timeoutMs === null ? limits.runTimeoutMsMax : timeoutMs + timeoutMarginMs);

const isLane = ({ kind, handler }: Endpoint): boolean => kind === "handler" && handler === hooksHandler;

function* endpointsOf(registry: Pick<Registry, "listEndpoints">): Generator<Endpoint> {
  for (let afterId: string | undefined, more = true; more; ) {
    const page = registry.listEndpoints({ limit: limits.listPageSizeMax, ...(afterId !== undefined && { afterId }) });
    yield* page.endpoints;
    more = page.more;
    afterId = page.endpoints.at(-1)?.id;
  }
}

/** Why hooks are not served from this store, whose other endpoints would be sent what waits for them; or null. */
export function lanesRefusal(registry: Pick<Registry, "listEndpoints">): string | null {
  let others = 0;
  for (const endpoint of endpointsOf(registry)) {
    if (isLane(endpoint)) return null;
    others += 1;
  }
  return others === 0 ? null : `it is the store of a \`trotline serve\`, with ${others} endpoint(s) of its own.`;
}

export class HookLanes {
  readonly #options: HookLanesOptions;
  /** By event type. */
  readonly #lanes = new Map<string, Promise<Endpoint>>();

  constructor(options: HookLanesOptions) {
    this.#options = options;
  }

  /** Those of the store take on what is asked for today. */
  async start(): Promise<void> {
    const { registry } = this.#options;
    for (const endpoint of [...endpointsOf(registry)].filter(isLane)) {
      const [type] = endpoint.types;
      if (type === undefined) continue;
      const { maxInFlight, timeoutMs } = this.#pace();
      const isSame = endpoint.maxInFlight === maxInFlight && endpoint.timeoutMs === timeoutMs;
      const lane = isSame ? Promise.resolve(endpoint) : registry.changeEndpoint(endpoint.id, this.#pace());
      this.#lanes.set(type, lane);
    }
    await Promise.all(this.#lanes.values());
  }

  /** Resolves when events of this hook have a lane. */
  async require(hookId: string): Promise<void> {
    const type = hookEventType(hookId);
    let lane = this.#lanes.get(type);
    if (lane === undefined) {
      lane = this.#create(hookId, type);
      this.#lanes.set(type, lane);
      lane.catch(() => this.#lanes.delete(type));
    }
    await lane;
  }

  #create(hookId: string, type: string): Promise<Endpoint> {
    const { registry, events } = this.#options;
    const description = `hook ${hookId}`.slice(0, limits.descriptionLength);
    const kind = { kind: "handler", handler: hooksHandler } as const;
    const wanted = { tenant: defaultTenant, ...kind, description, types: [type], ...this.#pace() };
    return registry.createEndpoint(wanted, events.bounds().head);
  }

  /** As there, a command that failed is not run again. */
  #pace(): Pick<Endpoint, "maxInFlight" | "timeoutMs" | "retry" | "disableAfterMs"> {
    const { concurrency, timeoutMs } = this.#options;
    return {
      maxInFlight: concurrency,
      timeoutMs: attemptTimeoutMs(timeoutMs),
      retry: { delaysMs: [] },
      disableAfterMs: null,
    };
  }
}
