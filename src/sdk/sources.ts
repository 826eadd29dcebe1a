import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type {
  CreatedSource,
  Diagnosis,
  NewSource,
  NewSourceSecret,
  Page,
  Receipt,
  ReceiptOutcome,
  ReceiptWithRequest,
  Scheme,
  Source,
  SourceChange,
  SourceSecret,
  SourceSecrets,
  SourceTest,
  SourceTested,
} from "./wire.ts";

export interface SourceQuery {
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface ReceiptQuery {
  readonly outcome?: ReceiptOutcome | undefined;
  /** `next_cursor` of the page before: goes back in time. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/** Where events of others come from. Each is named by its id or by its name. */
export class Sources {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The answer carries the secrets. Not sent again after a failure in the middle: the name would be taken. */
  create(source: NewSource, options: CallOptions = {}): Promise<CreatedSource> {
    const { tenant } = this.#transport.settings;
    const body = { ...(tenant !== undefined && { tenant }), ...source };
    const call = { method: "POST", path: "/v1/sources", body, isAnswer: isResource, repeat: "refused" } as const;
    return this.#transport.call({ ...call, ...options });
  }

  /** Oldest first. */
  list(query: SourceQuery = {}, options: CallOptions = {}): Promise<Page<Source>> {
    const { tenant = this.#transport.settings.tenant, after, limit } = query;
    const call = { method: "GET", path: "/v1/sources", query: { tenant, after, limit }, isAnswer: isPage } as const;
    return this.#transport.call({ ...call, ...options });
  }

  get(id: string, options: CallOptions = {}): Promise<Source> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  update(id: string, change: SourceChange, options: CallOptions = {}): Promise<Source> {
    return this.#transport.call({ method: "PATCH", path: pathOf(id), body: change, isAnswer: isResource, ...options });
  }

  /** Its receipts go with it; its events stay. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(id), isAnswer: isNothing, ...options });
  }

  /** It refuses what comes, so that the provider sends it again. */
  pause(id: string, options: CallOptions = {}): Promise<Source> {
    return this.#do(id, "pause", options);
  }

  resume(id: string, options: CallOptions = {}): Promise<Source> {
    return this.#do(id, "resume", options);
  }

  /** A request as its provider would send it, signed with the newest secret. It becomes an event, or a receipt. */
  test(id: string, test: SourceTest = {}, options: CallOptions = {}): Promise<SourceTested> {
    const call = { method: "POST", path: `${pathOf(id)}/test`, body: test, repeat: "refused" } as const;
    return this.#transport.call({ ...call, isAnswer: isTested, ...options });
  }

  /** Those that verify, the newest first. */
  async secrets(id: string, options: CallOptions = {}): Promise<readonly SourceSecret[]> {
    const path = `${pathOf(id)}/secrets`;
    const { data } = await this.#transport.call<SourceSecrets>({ method: "GET", path, isAnswer: isList, ...options });
    return data;
  }

  /** Answers all that verify. Sent again after a failure in the middle only where it carries the secret. */
  async addSecret(
    id: string,
    secret: NewSourceSecret = {},
    options: CallOptions = {},
  ): Promise<readonly SourceSecret[]> {
    const repeat = secret.secret === undefined ? { repeat: "refused" as const } : {};
    const call = { method: "POST", path: `${pathOf(id)}/secrets`, body: secret, isAnswer: isList } as const;
    const { data } = await this.#transport.call<SourceSecrets>({ ...call, ...repeat, ...options });
    return data;
  }

  async deleteSecret(id: string, secretId: string, options: CallOptions = {}): Promise<void> {
    const path = `${pathOf(id)}/secrets/${pathPart(secretId)}`;
    await this.#transport.call({ method: "DELETE", path, isAnswer: isNothing, ...options });
  }

  /** What it did not take, newest first. */
  receipts(id: string, query: ReceiptQuery = {}, options: CallOptions = {}): Promise<Page<Receipt>> {
    const { outcome, before, limit } = query;
    const call = { method: "GET", path: `${pathOf(id)}/receipts`, query: { outcome, before, limit } } as const;
    return this.#transport.call({ ...call, isAnswer: isPage, ...options });
  }

  /** One receipt of any source, with its request. */
  receipt(id: string, options: CallOptions = {}): Promise<ReceiptWithRequest> {
    const path = `/v1/receipts/${pathPart(id)}`;
    return this.#transport.call({ method: "GET", path, isAnswer: isResource, ...options });
  }

  /** Why a request was rejected. */
  diagnosis(receiptId: string, options: CallOptions = {}): Promise<Diagnosis> {
    const path = `/v1/receipts/${pathPart(receiptId)}/diagnosis`;
    return this.#transport.call({ method: "GET", path, isAnswer: isDiagnosis, ...options });
  }

  /** The schemes that have a name. */
  async schemes(options: CallOptions = {}): Promise<readonly Scheme[]> {
    const call = { method: "GET", path: "/v1/schemes", isAnswer: isList } as const;
    const { data } = await this.#transport.call<{ readonly data: readonly Scheme[] }>({ ...call, ...options });
    return data;
  }

  #do(id: string, action: string, options: CallOptions): Promise<Source> {
    const path = `${pathOf(id)}/${action}`;
    return this.#transport.call({ method: "POST", path, body: {}, isAnswer: isResource, ...options });
  }
}

const isTested = (json: unknown): boolean => typeof (json as SourceTested | null)?.taken === "boolean";

const isDiagnosis = (json: unknown): boolean => Array.isArray((json as Diagnosis | null)?.causes);

const isList = (json: unknown): boolean => Array.isArray((json as SourceSecrets | null)?.data);

const pathOf = (id: string): string => `/v1/sources/${pathPart(id)}`;
