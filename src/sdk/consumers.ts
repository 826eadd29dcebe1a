import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type { Consumer, NewConsumer, Page, Place, SeekTarget, SoughtConsumer } from "./wire.ts";

export interface ConsumerQuery {
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

type ConsumerCallOptions = CallOptions & { readonly tenant?: string | undefined };

/** Named cursors that clients move; to read as one, see `consume` and `process` of the client. */
export class Consumers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes it, or changes the one that is there. */
  create(name: string, consumer: NewConsumer = {}, options: ConsumerCallOptions = {}): Promise<Consumer> {
    return this.#transport.call({ ...this.#one(name, options), method: "PUT", body: consumer });
  }

  list(query: ConsumerQuery = {}, options: CallOptions = {}): Promise<Page<Consumer>> {
    const { tenant = this.#transport.settings.tenant, after, limit } = query;
    const parameters = { tenant, after, limit };
    return this.#transport.call({
      method: "GET",
      path: "/v1/consumers",
      query: parameters,
      isAnswer: isPage,
      ...options,
    });
  }

  get(name: string, options: ConsumerCallOptions = {}): Promise<Consumer> {
    return this.#transport.call({ ...this.#one(name, options), method: "GET" });
  }

  async delete(name: string, options: ConsumerCallOptions = {}): Promise<void> {
    await this.#transport.call({ ...this.#one(name, options), method: "DELETE", isAnswer: isNothing });
  }

  /** Moves what counts as acknowledged, back or forward; whoever reads as it goes on from there. */
  seek(name: string, to: Place, options: ConsumerCallOptions = {}): Promise<Consumer> {
    return this.#transport.call({ ...this.#one(name, options, "/seek"), method: "POST", body: { to } });
  }

  /** What `seek` would come to; moves nothing. */
  async measureSeek(name: string, to: Place, options: ConsumerCallOptions = {}): Promise<SeekTarget> {
    const call = { ...this.#one(name, options, "/seek"), method: "POST", body: { to, dry_run: true } } as const;
    const { target } = await this.#transport.call<SoughtConsumer & { readonly target: SeekTarget }>(call);
    return target;
  }

  #one(name: string, { tenant = this.#transport.settings.tenant, signal }: ConsumerCallOptions, action = "") {
    return { path: `/v1/consumers/${pathPart(name)}${action}`, query: { tenant }, signal, isAnswer: isResource };
  }
}
