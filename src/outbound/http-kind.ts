/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. An endpoint that is a URL: builds what is sent, signs it,
 * says who sends it, and sends it. Where nothing has to be waited for but the answer, there is one promise: the
 * sender's.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { Transforms } from "../registry/transform/transform.ts";
import {
  type AttemptHow,
  type EndpointKindPort,
  isNotLost,
  type MayBegin,
  notBegun,
  unexpectedFailure,
} from "./attempt.ts";
import type { AuthorizedSender } from "./authorization.ts";
import { batchId } from "./batch-id.ts";
import { Batches, type Member } from "./batches.ts";
import { type Content, unsent, urlWith } from "./payload/content.ts";
import { eventVersionHeaders } from "./payload/event-version-header.ts";
import { arrayOf, type BuildContent, contentType, Payloads } from "./payload/payloads.ts";
import { type Adapt, failureOf, isDirect, Preparation } from "./payload/preparation.ts";
import { type Preview, previewOf } from "./payload/preview.ts";
import type { Capacity } from "./ready-lanes.ts";
import type { Signed } from "./signed.ts";
import { signatureHeaders, signsInTurns, signsPlainly, standardHeaders } from "./signing.ts";
import { SigningTurns, type Turn } from "./signing-turns.ts";

export const userAgent = "Trotline/1 (webhook)";

export interface HttpKindOptions {
  readonly sender: Pick<AuthorizedSender, "send">;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "error">;
  readonly transforms: Pick<Transforms, "run">;
  /** Where receivers reach this server; null where they do not. */
  readonly publicUrl: string | null;
  /** Asked only for endpoints that name versions. */
  readonly adapt?: Adapt;
  readonly capacity: Capacity;
  readonly mayBegin?: MayBegin;
}

/** What is decided once for an endpoint as it is configured. */
interface Plan {
  readonly endpoint: Endpoint;
  /** Headers that are the same for every attempt. */
  readonly headers: readonly string[];
  readonly build: BuildContent;
  /** Nothing but the answer has to be waited for. */
  readonly isDirect: boolean;
  readonly signsPlainly: boolean;
}

/** What a request says it is about: an event, or what stands for several. */
interface Subject {
  readonly id: string;
  readonly type: string;
  readonly version: string | null;
}

export class HttpKind implements EndpointKindPort {
  /** What waits for others of its endpoint. */
  readonly company: Batches;
  readonly #sender: Pick<AuthorizedSender, "send">;
  readonly #clock: Clock;
  readonly #logger: Pick<Logger, "error">;
  readonly #payloads: Payloads;
  readonly #preparation: Preparation;
  readonly #signingTurns = new SigningTurns();
  readonly #mayBegin: MayBegin;
  readonly #plans = new WeakMap<Endpoint, Plan>();

  constructor(options: HttpKindOptions) {
    const { sender, clock, logger, transforms, publicUrl, capacity, adapt = asItIs } = options;
    this.#sender = sender;
    this.#clock = clock;
    this.#logger = logger;
    this.#mayBegin = options.mayBegin ?? isNotLost;
    this.#payloads = new Payloads(publicUrl);
    this.#preparation = new Preparation({ transforms, adapt });
    this.company = new Batches({ send: (endpoint, members) => this.#sendBatch(endpoint, members), capacity });
  }

  attempt(endpoint: Endpoint, event: StoredEvent, how: AttemptHow): Promise<AttemptResult> {
    const plan = this.#planOf(endpoint);
    if (!plan.isDirect) return this.#attemptPrepared(plan, event, how);
    try {
      return this.#send(plan, event, plan.build(event));
    } catch (error) {
      return Promise.resolve(this.#failed(endpoint, error));
    }
  }

  /** A defect of ours fails the attempt, and is told to whoever can mend it. */
  #failed(endpoint: Endpoint, error: unknown): AttemptResult {
    const foreseen = failureOf(error);
    if (foreseen !== null) return foreseen;
    this.#logger.error({ err: error, endpoint: endpoint.id }, "An attempt met an unexpected error.");
    return unexpectedFailure;
  }

  /** What an attempt would send now, but for what is secret; null where the transform leaves the event out. */
  async preview(endpoint: Endpoint, event: StoredEvent): Promise<Preview | null> {
    const prepared = await this.#preparation.event(endpoint, event);
    if (prepared === null) return null;
    const { build, headers } = this.#planOf(endpoint);
    const isBatch = endpoint.batch !== null;
    const built = build(prepared);
    const content = isBatch ? { body: arrayOf([built.body]) } : built;
    const subject = isBatch ? { id: batchId([event.id]), type: batchType, version: null } : prepared;
    const signed = this.#signed(endpoint, subject, content);
    const signature = signatureHeaders(endpoint, signed, this.#clock);
    return previewOf(endpoint, content, { common: headers, own: ownHeaders(subject, content) ?? [], signature });
  }

  async #attemptPrepared(plan: Plan, event: StoredEvent, how: AttemptHow): Promise<AttemptResult> {
    const { company } = this;
    const { endpoint, build } = plan;
    const isBatch = endpoint.batch !== null;
    if (isBatch) company.expect(endpoint);
    try {
      const prepared = await this.#preparation.event(endpoint, event);
      if (prepared === null) return unsent(null, "The transform left the event out: nothing was sent.");
      const content = build(prepared);
      if (isBatch) return this.#mayBegin(how) ? company.add(endpoint, { event, body: content.body, how }) : notBegun;
      const ready = await this.#preparation.content(endpoint, content);
      return this.#mayBegin(how) ? await this.#send(plan, prepared, ready) : notBegun;
    } catch (error) {
      return this.#failed(endpoint, error);
    } finally {
      if (isBatch) company.arrived(endpoint);
    }
  }

  async #sendBatch(endpoint: Endpoint, members: readonly Member[]): Promise<AttemptResult> {
    try {
      const content = { body: arrayOf(members.map(({ body }) => body)) };
      const subject = { id: batchId(members.map(({ event }) => event.id)), type: batchType, version: null };
      const ready = await this.#preparation.content(endpoint, content);
      if (!members.every(({ how }) => this.#mayBegin(how))) return notBegun;
      return await this.#send(this.#planOf(endpoint), subject, ready);
    } catch (error) {
      return this.#failed(endpoint, error);
    }
  }

  #send(plan: Plan, subject: Subject, content: Content): Promise<AttemptResult> {
    const { endpoint, headers: commonHeaders } = plan;
    const { method, url } = endpoint;
    const own = ownHeaders(subject, content);
    let signature: string[];
    if (plan.signsPlainly) {
      const { body } = content;
      const timestampSeconds = this.#nowSeconds();
      signature = standardHeaders({ secrets: endpoint.secrets, id: subject.id, timestampSeconds, body });
    } else {
      const signed = this.#signed(endpoint, subject, content);
      if (signsInTurns(endpoint)) return this.#sendInTurns(plan, signed, { ...content, headers: own ?? [] });
      signature = signatureHeaders(endpoint, signed, this.#clock);
    }
    const sent = this.#sender.send(endpoint, {
      url,
      query: content.query,
      method,
      commonHeaders,
      headers: own === undefined ? signature : [...own, ...signature],
      body: content.sent ?? content.body,
      timeoutMs: endpoint.timeoutMs,
    });
    return endpoint.authorization === null ? sent : sent.catch((error) => this.#failed(endpoint, error));
  }

  /** A method of its own: a closure would cost every other endpoint, too. */
  #sendInTurns(plan: Plan, signed: Signed, content: Content): Promise<AttemptResult> {
    const { endpoint, headers: commonHeaders } = plan;
    const { url, method } = endpoint;
    const { query, headers: own = [], body, sent = body } = content;
    const send = ({ headers, timeoutMs }: Turn): Promise<AttemptResult> =>
      this.#sender.send(endpoint, {
        url,
        query,
        method,
        commonHeaders,
        headers: [...own, ...headers],
        body: sent,
        timeoutMs,
      });
    return this.#signingTurns
      .send(endpoint, signed, { clock: this.#clock, send })
      .catch((error) => this.#failed(endpoint, error));
  }

  #signed({ method, url }: Endpoint, subject: Subject, { body, sent = body, query, id = subject.id }: Content): Signed {
    const { type } = subject;
    return { id, type, timestampSeconds: this.#nowSeconds(), body, sent, method, url: urlWith(url, query) };
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.wallMs() / 1000);
  }

  #planOf(endpoint: Endpoint): Plan {
    let plan = this.#plans.get(endpoint);
    if (plan === undefined) {
      plan = {
        endpoint,
        headers: fixedHeaders(endpoint),
        build: this.#payloads.builder(endpoint),
        isDirect: isDirect(endpoint),
        signsPlainly: signsPlainly(endpoint),
      };
      this.#plans.set(endpoint, plan);
    }
    return plan;
  }
}

/** Headers of this request alone, but for the signature. */
function ownHeaders({ version }: Subject, { headers }: Content): readonly string[] | undefined {
  const ofVersion = eventVersionHeaders(version);
  return ofVersion === undefined || headers === undefined ? (ofVersion ?? headers) : [...ofVersion, ...headers];
}

/** What stands for the type of several events. */
const batchType = "batch";

const asItIs: Adapt = (_endpoint, event) => event;

function fixedHeaders({ batch, compression, format, headers, method }: Endpoint): string[] {
  // In `raw` each event has its own type and coding: see `payload/raw.ts`.
  const isSame = format !== "raw";
  return [
    ...(method !== "GET" && isSame ? ["content-type", contentType(format, batch !== null)] : []),
    ...(compression !== "none" && isSame ? ["content-encoding", compression] : []),
    "user-agent",
    userAgent,
    ...Object.entries(headers).flat(),
  ];
}
