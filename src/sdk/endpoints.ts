import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type {
  Attempt,
  CreatedEndpoint,
  Delivery,
  DryRun,
  Endpoint,
  EndpointChange,
  EndpointSecrets,
  EndpointTest,
  EndpointTypes,
  NewEndpoint,
  NewRecovery,
  NewReplay,
  Page,
  PayloadFormat,
  Place,
  Replay,
  SecretRotation,
} from "./wire.ts";

export interface EndpointQuery {
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface DryRunQuery {
  /** In place of the endpoint's own. */
  readonly transform?: string | null | undefined;
  readonly format?: PayloadFormat | undefined;
  /** One event; or so many of the newest that it takes, 1 where neither is given. */
  readonly eventId?: string | undefined;
  readonly last?: number | undefined;
}

/** Of an endpoint that is not made yet. */
export interface DraftDryRunQuery extends DryRunQuery {
  /** Patterns; every type where absent. */
  readonly types?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
}

/**
 * The places that events are pushed to. What makes something (`create`, `replay`, `retryDelivery`) is sent again only
 * where the server said that it did nothing; the rest as the client's policy says.
 */
export class Endpoints {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The answer is the only one that carries the secrets. */
  create(endpoint: NewEndpoint, options: CallOptions = {}): Promise<CreatedEndpoint> {
    const { tenant } = this.#transport.settings;
    const body = { ...(tenant !== undefined && { tenant }), ...endpoint };
    return this.#transport.call({
      method: "POST",
      path: "/v1/endpoints",
      body,
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Oldest first. */
  list(query: EndpointQuery = {}, options: CallOptions = {}): Promise<Page<Endpoint>> {
    const { tenant = this.#transport.settings.tenant, after, limit } = query;
    const parameters = { tenant, after, limit };
    return this.#transport.call({
      method: "GET",
      path: "/v1/endpoints",
      query: parameters,
      isAnswer: isPage,
      ...options,
    });
  }

  get(id: string, options: CallOptions = {}): Promise<Endpoint> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  update(id: string, change: EndpointChange, options: CallOptions = {}): Promise<Endpoint> {
    return this.#transport.call({ method: "PATCH", path: pathOf(id), body: change, isAnswer: isResource, ...options });
  }

  /** Whether it takes each type of the catalogue; `types` of a change may be given so. */
  types(id: string, options: CallOptions = {}): Promise<EndpointTypes> {
    return this.#transport.call({ method: "GET", path: `${pathOf(id)}/types`, isAnswer: isEndpointTypes, ...options });
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(id), isAnswer: isNothing, ...options });
  }

  /** Those that are not replaced; none where the scheme signs with private keys. */
  async secrets(id: string, options: CallOptions = {}): Promise<readonly string[]> {
    const { secrets } = await this.allSecrets(id, options);
    return secrets;
  }

  /** With those that were replaced and still sign. */
  allSecrets(id: string, options: CallOptions = {}): Promise<EndpointSecrets> {
    return this.#transport.call({ method: "GET", path: `${pathOf(id)}/secrets`, ...options });
  }

  /** A new secret; those before it sign too until the grace ends. Sent again only where it carries the secret. */
  rotateSecret(id: string, rotation: SecretRotation = {}, options: CallOptions = {}): Promise<EndpointSecrets> {
    const path = `${pathOf(id)}/secrets/rotate`;
    const repeat = rotation.secret === undefined ? { repeat: "refused" as const } : {};
    return this.#transport.call({ method: "POST", path, body: rotation, ...repeat, ...options });
  }

  /** It keeps its cursor. */
  pause(id: string, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "pause", {}, options);
  }

  /** From where it stands, or from `latest`, which cancels what it missed. */
  resume(id: string, how: { readonly from?: "cursor" | "latest" } = {}, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "resume", how, options);
  }

  /** Moves its cursor. */
  seek(id: string, to: Place, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "seek", { to }, options);
  }

  /** Sends a range of the log to it again, beside its live traffic. */
  replay(id: string, replay: NewReplay = {}, options: CallOptions = {}): Promise<Replay> {
    const path = `${pathOf(id)}/replay`;
    return this.#transport.call({
      method: "POST",
      path,
      body: replay,
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Sends again what failed at it, beside its live traffic: a replay, which `client.replays` shows and ends. */
  recover(id: string, recovery: NewRecovery, options: CallOptions = {}): Promise<Replay> {
    const path = `${pathOf(id)}/recover`;
    return this.#transport.call({
      method: "POST",
      path,
      body: recovery,
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Sends one event to it now, whatever the state of the delivery; answers when the attempt has ended. */
  retryDelivery(id: string, eventId: string, options: CallOptions = {}): Promise<Attempt> {
    const path = `${pathOf(id)}/deliveries/${pathPart(eventId)}/retry`;
    return this.#transport.call({
      method: "POST",
      path,
      body: {},
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Gives up one delivery that is not settled: those that wait for it go on. Answers when that is durable. */
  skipDelivery(id: string, eventId: string, options: CallOptions = {}): Promise<Delivery> {
    const path = `${pathOf(id)}/deliveries/${pathPart(eventId)}/skip`;
    return this.#transport.call({
      method: "POST",
      path,
      body: {},
      repeat: "refused",
      isAnswer: isDelivery,
      ...options,
    });
  }

  /** What it would be sent of events that are in the log; nothing is sent. */
  dryRun(id: string, wanted: DryRunQuery = {}, options: CallOptions = {}): Promise<DryRun> {
    const { transform, format, eventId, last } = wanted;
    return this.#transport.call({
      method: "POST",
      path: `${pathOf(id)}/transform/dry-run`,
      body: { transform, format, event_id: eventId, last },
      isAnswer: isDryRun,
      ...options,
    });
  }

  /** What an endpoint would be sent if it were made so; nothing is sent, and none is made. */
  dryRunOfDraft(wanted: DraftDryRunQuery = {}, options: CallOptions = {}): Promise<DryRun> {
    const { transform, format, eventId, last, types, tenant } = wanted;
    return this.#transport.call({
      method: "POST",
      path: "/v1/transforms/dry-run",
      body: { transform, format, event_id: eventId, last, types, tenant },
      isAnswer: isDryRun,
      ...options,
    });
  }

  /** Sends an example to it, whatever its status, as a delivery is sent; nothing is stored. */
  test(id: string, how: { readonly type?: string } = {}, options: CallOptions = {}): Promise<EndpointTest> {
    const path = `${pathOf(id)}/test`;
    return this.#transport.call({ method: "POST", path, body: how, repeat: "refused", isAnswer: isTest, ...options });
  }

  #do(id: string, action: string, body: object, options: CallOptions): Promise<Endpoint> {
    const path = `${pathOf(id)}/${action}`;
    return this.#transport.call({ method: "POST", path, body, isAnswer: isResource, ...options });
  }
}

const isDelivery = (json: unknown): boolean => typeof (json as Delivery | null)?.state === "string";

const isDryRun = (json: unknown): boolean => Array.isArray((json as DryRun | null)?.data);

const isTest = (answer: unknown): boolean => typeof (answer as EndpointTest | null)?.delivered === "boolean";

const isEndpointTypes = (json: unknown): boolean => typeof (json as EndpointTypes | null)?.types === "object";

const pathOf = (id: string): string => `/v1/endpoints/${pathPart(id)}`;
