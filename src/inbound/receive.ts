/**
 * Stage 1 of: [receive] → verify → store → handle. Judges one request from outside, and answers 2xx after its event is
 * durable. What costs least is looked at first; nothing of the body is believed, or even read as more than bytes,
 * before the source's scheme has verified it.
 */

import { TrotlineError } from "../core/errors.ts";
import { headerValues, type ReceivedRequest } from "../core/received-request.ts";
import type { Receipt, RejectionCode, Source } from "../core/source.ts";
import { type AllowList, parseAllowList } from "../platform/allow-list.ts";
import { answerOf, handshakeAnswer, type InboundAnswer } from "./answer.ts";
import type { BinRequests } from "./bins/bin-requests.ts";
import { clientOf, isIn, type Peer, parseAddress } from "./client-address.ts";
import { Diagnosing } from "./diagnosis/diagnosing.ts";
import { Intake, type IntakeBounds, type Seat } from "./intake.ts";
import { Receipts } from "./receipts.ts";
import {
  foreignAddress,
  nothingHere,
  paused,
  Rejection,
  tooBusy,
  tooFast,
  tooLarge,
  unknownScheme,
  unstored,
  unverified,
  wrongMethod,
} from "./rejection.ts";
import { schemeOf } from "./scheme-of.ts";
import type { Scheme, SchemeFacts, SchemeRequest } from "./schemes/scheme.ts";
import { SourceRates } from "./source-rates.ts";
import { keptRequest, noFacts, type StoreMachine, storeRequest } from "./store.ts";
import { judgeRequest } from "./verify.ts";

/** A request whose body has not been read. */
export interface Arrival {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly peer: Peer;
  /** `take` answers false where there is no room for more bytes; rejects with `overloaded` then. */
  readBody(bounds: { readonly bytesMax: number; readonly take: (bytes: number) => boolean }): Promise<Uint8Array>;
}

/** What receiving needs of the registry. */
export interface SourceBook {
  byName(name: string): Source | undefined;
  list(query: { readonly tenant: string; readonly limit: number }): { readonly sources: readonly Source[] };
  /** Makes a secret that a provider hands over the source's first; false where it has one. */
  keepFirstSecret(id: string, secret: string): Promise<boolean>;
  note(receipts: readonly Receipt[]): Promise<void>;
}

/** `aborted`: the body did not come to its end. `failed`: something went wrong here. */
export type InboundOutcome = "stored" | "duplicate" | "handshake" | "rejected" | "aborted" | "failed";

export interface InboundObserver {
  received(outcome: InboundOutcome, code: RejectionCode | null, durationMs: number): void;
  receiptsUnwritten(count: number): void;
}

export interface ReceivingOptions extends StoreMachine {
  readonly sources: SourceBook;
  readonly fetchText: (url: string) => Promise<string>;
  readonly trustedProxies: AllowList;
  /** Where providers reach this server, without a slash at the end; null where requests tell. */
  readonly publicUrl: string | null;
  readonly observer: InboundObserver;
  readonly bounds?: IntakeBounds;
  /** Absent where there are no bins. */
  readonly bins?: BinRequests;
}

/** One request on its way. */
interface Passage {
  source: Source;
  readonly arrival: Arrival;
  readonly url: string;
  request: ReceivedRequest;
  /** Where the body was not read to its end, or not at all. */
  isBodyRead: boolean;
  facts: SchemeFacts;
}

const nothing = new Uint8Array(0);
/** What a request line may have before its path (RFC 9112, section 3.2.2), whatever it says. */
const authority = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
/** Path and query of a target. */
export const pathOf = (target: string): string => target.replace(authority, "");

export class Receiving {
  /** Why requests were rejected. */
  readonly diagnosing: Diagnosing;
  readonly bins: BinRequests | undefined;
  readonly #options: ReceivingOptions;
  readonly #intake: Intake;
  readonly #rates = new SourceRates();
  readonly #receipts: Receipts;
  readonly #allowLists = new WeakMap<readonly string[], AllowList>();
  #isClosed = false;

  constructor(options: ReceivingOptions) {
    this.#options = options;
    this.bins = options.bins;
    this.#intake = new Intake(options.bounds);
    this.diagnosing = new Diagnosing(options);
    const { clock, random, logger, sources, observer } = options;
    this.#receipts = new Receipts({
      clock,
      random,
      logger,
      note: (receipts) => sources.note(receipts),
      onUnwritten: (count) => observer.receiptsUnwritten(count),
    });
  }

  /** Requests between their headers and their answer, and the bytes of their bodies. */
  get inFlight(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#intake.requests, bytes: this.#intake.bytes };
  }

  /** Rejects with a `TrotlineError` that says what the sender may know. */
  async receive(name: string, arrival: Arrival): Promise<InboundAnswer> {
    const { clock, observer, sources } = this.#options;
    if (this.#isClosed) throw new TrotlineError("shutting-down", "The server is stopping.");
    const source = sources.byName(name);
    if (source === undefined) throw nothingHere();
    if (source.bin !== undefined) this.bins?.requireLive(source.bin);
    const startedMs = clock.steadyMs();
    const passage = this.#begin(source, arrival);
    try {
      const { outcome, answer } = await this.#pass(passage);
      observer.received(outcome, null, clock.steadyMs() - startedMs);
      return answer;
    } catch (error) {
      const rejection = error instanceof Rejection ? error : unstored(error);
      const outcome = rejection !== null ? "rejected" : passage.isBodyRead ? "failed" : "aborted";
      observer.received(outcome, rejection?.code ?? null, clock.steadyMs() - startedMs);
      if (rejection === null) throw error;
      this.#note(passage, { outcome: "rejected", code: rejection.code, detail: rejection.message });
      throw rejection.error;
    }
  }

  /** Takes nothing new, and writes down what there is to note. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#receipts.close();
  }

  #begin(source: Source, arrival: Arrival): Passage {
    const { clock, trustedProxies, publicUrl } = this.#options;
    const { method, target, headers, peer } = arrival;
    const { address, protocol, host } = clientOf(peer, headers, trustedProxies);
    return {
      source,
      arrival,
      url: (publicUrl ?? `${protocol}://${host ?? "localhost"}`) + pathOf(target),
      request: { method, target, headers, address, protocol, receivedAtMs: clock.wallMs(), body: nothing },
      isBodyRead: false,
      facts: noFacts,
    };
  }

  async #pass(passage: Passage): Promise<{ outcome: InboundOutcome; answer: InboundAnswer }> {
    const { source, arrival } = passage;
    const declaredBytes = Number(headerValues(arrival.headers, "content-length")[0] ?? 0);
    this.#refuseByHead(passage, declaredBytes);
    this.#refuseBeyondRate(source);
    const seat = this.#intake.enter(source.number, declaredBytes);
    if (seat === null) throw tooBusy();
    try {
      passage.request = { ...passage.request, body: await this.#readBody(arrival, source, seat) };
      passage.isBodyRead = true;
      this.#renew(passage);
      return (await this.#shakeOrVerify(passage)) ?? (await this.#store(passage, seat));
    } finally {
      seat.leave();
    }
  }

  /** A body may take its time, and a source be changed meanwhile: what was taken from it by then counts no more. */
  #renew(passage: Passage): void {
    const { name, number } = passage.source;
    const source = this.#options.sources.byName(name);
    if (source === passage.source) return;
    if (source?.number !== number) throw nothingHere();
    passage.source = source;
    this.#refuseByHead(passage, passage.request.body.length);
  }

  /** What can be refused by the head of a request, and how long its body is, alone. */
  #refuseByHead({ source, request: { method, address } }: Passage, bodyBytes: number): void {
    if (source.status === "paused") throw paused();
    const handshakes = knownScheme(source).handshake?.methods ?? [];
    if (!takes(source, method) && !handshakes.includes(method)) throw wrongMethod(method, source.methods);
    if (bodyBytes > source.bodyBytesMax) throw tooLarge(source.bodyBytesMax);
    if (source.allowAddresses.length > 0 && !isIn(this.#allowListOf(source), parseAddress(address))) {
      throw foreignAddress(address);
    }
  }

  #refuseBeyondRate(source: Source): void {
    const standing = this.#rates.take(source, this.#options.clock.steadyMs());
    if (standing !== null && standing.waitMs > 0) throw tooFast(standing);
  }

  #allowListOf({ allowAddresses }: Source): AllowList {
    let list = this.#allowLists.get(allowAddresses);
    if (list === undefined) {
      list = parseAllowList(allowAddresses);
      this.#allowLists.set(allowAddresses, list);
    }
    return list;
  }

  async #readBody(arrival: Arrival, { bodyBytesMax }: Source, seat: Seat): Promise<Uint8Array> {
    try {
      return await arrival.readBody({ bytesMax: bodyBytesMax, take: (bytes) => seat.take(bytes) });
    } catch (error) {
      if (!(error instanceof TrotlineError)) throw error;
      if (error.code === "body-too-large") throw tooLarge(bodyBytesMax);
      throw error.code === "overloaded" ? tooBusy() : error;
    }
  }

  /** Null where it is an event that its provider sent. */
  async #shakeOrVerify(passage: Passage): Promise<{ outcome: InboundOutcome; answer: InboundAnswer } | null> {
    const { source } = passage;
    const { clock, fetchText, sources } = this.#options;
    const judgement = await judgeRequest({
      source,
      scheme: knownScheme(source),
      request: schemeRequest(passage),
      machine: { nowMs: clock.wallMs(), fetchText },
    });
    if (judgement.kind === "refused") throw unverified(judgement.refusal);
    if (judgement.kind === "verified") {
      const { method } = passage.request;
      if (!takes(source, method)) throw wrongMethod(method, source.methods);
      return null;
    }
    const { secretToKeep } = judgement.answer;
    if (secretToKeep !== undefined && !(await sources.keepFirstSecret(source.id, secretToKeep))) {
      throw unverified({ ok: false, reason: "handshake_refused", detail: "The source has a secret already." });
    }
    this.#note(passage, { outcome: "handshake" });
    return { outcome: "handshake", answer: handshakeAnswer(judgement.answer) };
  }

  async #store(passage: Passage, seat: Seat): Promise<{ outcome: InboundOutcome; answer: InboundAnswer }> {
    const { source } = passage;
    const taken = await this.bins?.take(source, passage.request);
    if (taken) return taken;
    const scheme = knownScheme(source);
    const { eventId, isDuplicate, facts } = await storeRequest({ ...passage, scheme }, seat, this.#options);
    passage.facts = facts;
    if (isDuplicate) this.#note(passage, { outcome: "duplicate", eventId });
    return { outcome: isDuplicate ? "duplicate" : "stored", answer: answerOf(source, scheme) };
  }

  #note(
    passage: Passage,
    facts: Pick<Receipt, "outcome"> & Partial<Pick<Receipt, "code" | "detail" | "eventId">>,
  ): void {
    const hasBody = passage.isBodyRead || !announcesBody(passage.arrival.headers);
    this.#receipts.add({
      sourceNumber: passage.source.number,
      code: null,
      detail: null,
      eventId: null,
      ...facts,
      request: keptRequest(passage.source, passage.request, passage.facts),
      bodyTruncated: !hasBody,
    });
  }
}

/** A bin takes every method. */
const takes = ({ bin, methods }: Source, method: string): boolean => bin !== undefined || methods.includes(method);

function knownScheme(source: Source): Scheme {
  const scheme = schemeOf(source.scheme);
  if (scheme !== null) return scheme;
  throw unknownScheme();
}

const schemeRequest = ({ request: { method, headers, body }, url }: Passage): SchemeRequest => ({
  method,
  headers,
  body,
  url,
});

const announcesBody = (headers: readonly string[]): boolean =>
  headerValues(headers, "transfer-encoding").length > 0 || Number(headerValues(headers, "content-length")[0] ?? 0) > 0;
