import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type { CreatedKey, Key, NewKey, Page } from "./wire.ts";

export interface KeyQuery {
  /** Only keys that are bound to it. */
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Who may ask the server for what. Only a key with the scope `admin` manages keys. */
export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Answers the key, this once. Not sent again after a failure in the middle: it would be another. */
  create(key: NewKey, options: CallOptions = {}): Promise<CreatedKey> {
    const call = { method: "POST", path: "/v1/keys", body: key, isAnswer: isResource, repeat: "refused" } as const;
    return this.#transport.call({ ...call, ...options });
  }

  list({ tenant, after, limit }: KeyQuery = {}, options: CallOptions = {}): Promise<Page<Key>> {
    const query = { tenant, after, limit };
    return this.#transport.call({ method: "GET", path: "/v1/keys", query, isAnswer: isPage, ...options });
  }

  get(id: string, options: CallOptions = {}): Promise<Key> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  /** Gives it another text. The one that it had works for `graceMs` more; one from a rotation before ends at once. */
  rotate(
    id: string,
    { graceMs = 0 }: { readonly graceMs?: number } = {},
    options: CallOptions = {},
  ): Promise<CreatedKey> {
    const call = {
      method: "POST",
      path: `${pathOf(id)}/rotate`,
      body: { grace_ms: graceMs },
      isAnswer: isResource,
    } as const;
    return this.#transport.call({ ...call, repeat: "refused", ...options });
  }

  /** It ends at once. */
  async revoke(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(id), isAnswer: isNothing, ...options });
  }
}

const pathOf = (id: string): string => `/v1/keys/${pathPart(id)}`;
