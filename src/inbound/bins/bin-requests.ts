/**
 * What comes to a bin: receive → verify → [store] → handle. It is kept as it came, and answered as was chosen. Nobody
 * reads anything in it before a person looks at it.
 */
import { answerFor, type BinSettings, isBinLive } from "../../core/bin.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Clock, Random, Sender } from "../../core/ports.ts";
import type { ReceivedRequest } from "../../core/received-request.ts";
import type { Source } from "../../core/source.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { InboundAnswer } from "../answer.ts";
import { receivedEvent } from "../received-event.ts";
import { Rejection, tooBusy } from "../rejection.ts";
import { chosenAnswer, isPreflight, preflightAnswer } from "./bin-answer.ts";
import { BinForwards } from "./bin-forwards.ts";
import { BinLedgers } from "./bin-ledgers.ts";
import { HeldAnswers } from "./held-answers.ts";

export interface BinMachine {
  readonly events: Pick<EventLog, "append" | "bounds" | "catchUp" | "onAppended" | "read">;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
}

export interface TakenRequest {
  readonly outcome: "stored" | "handshake";
  readonly answer: InboundAnswer;
}

type BinSource = Source & { readonly bin: BinSettings };

export class BinRequests {
  readonly ledgers: BinLedgers;
  readonly held = new HeldAnswers();
  readonly forwards: BinForwards;
  readonly #machine: BinMachine;

  constructor(machine: BinMachine) {
    this.#machine = machine;
    this.ledgers = new BinLedgers(machine.events);
    this.forwards = new BinForwards(machine);
    machine.events.onAppended((events) => this.ledgers.appended(events));
  }

  /** Refuses with `bin-expired`. */
  requireLive(bin: BinSettings): void {
    if (isBinLive(bin, this.#machine.clock.wallMs())) return;
    throw new TrotlineError("bin-expired", "The bin has expired.");
  }

  /** Answers after the request is durable; a browser's own question is not stored. Null where the source is no bin. */
  async take(source: Source, request: ReceivedRequest): Promise<TakenRequest | null> {
    const { bin } = source;
    if (bin === undefined) return null;
    if (bin.cors && isPreflight(request)) return { outcome: "handshake", answer: preflightAnswer(request) };
    const mayBeHeld = bin.answers.some(({ delayMs }) => delayMs > 0);
    if (mayBeHeld && !this.held.hasRoom(source.id)) throw tooBusy();
    const ordinal = await this.#store({ ...source, bin }, request);
    const chosen = answerFor(bin.answers, ordinal);
    const answer = chosenAnswer(chosen, bin.cors);
    const delayMs = chosen?.delayMs ?? 0;
    if (delayMs === 0) return { outcome: "stored", answer };
    return { outcome: "stored", answer: { ...answer, held: this.held.hold(source.id, delayMs) } };
  }

  /** Answers its place in the sequence of answers. */
  #store(source: BinSource, request: ReceivedRequest): Promise<number> {
    return this.ledgers.with(source, async (ledger) => {
      if (ledger.count >= limits.binRequests) throw full(`${limits.binRequests} requests`);
      if (ledger.bytes + request.body.length > limits.binBytes) throw full(`${limits.binBytes} bytes`);
      const { method, body } = request;
      const kept = { ...request, source: source.name, deliveryId: null, providerType: method };
      const data = Buffer.from(JSON.stringify({ method, body_bytes: body.length }));
      const event = receivedEvent(source, { request: kept, data, occurredAtMs: null }, this.#machine);
      const outcome = await this.#machine.events.append({ events: [event], atomic: false, idempotency: null });
      const position = outcome.kind === "answered" ? (outcome.items[0]?.position ?? 0) : 0;
      return ledger.between(source.bin.answersAfter, position);
    });
  }
}

const full = (what: string): Rejection =>
  new Rejection("rate_limited", new TrotlineError("bin-full", `The bin has taken ${what}, and takes no more.`));
