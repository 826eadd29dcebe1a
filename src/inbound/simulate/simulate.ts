/**
 * The other side of receiving: genuine requests of a provider, and what goes wrong with them. Whoever sends them judges
 * the answers with what comes with each.
 */
import type { Random } from "../../core/ports.ts";
import { parsePlace } from "../../core/value-place.ts";
import { askOf } from "../schemes/handshakes/asks.ts";
import { placeValue } from "../schemes/place-value.ts";
import type { DraftRequest, Scheme, SchemeAnswer, SchemeRequest, SchemeSigner } from "../schemes/scheme.ts";
import { writeTime } from "../schemes/signed-time.ts";
import type { Sample } from "./sample.ts";
import { type Variant, variantNames } from "./variant.ts";

export interface Simulation {
  readonly scheme: Scheme;
  readonly sample: Sample;
  /** As it is written at the provider. */
  readonly url: string;
  /** What the receiver verifies with, and what signs. */
  readonly secret: string;
  readonly signingKey: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly variants: readonly Variant[];
  readonly random: Pick<Random, "bytes">;
  readonly wallMs: () => number;
}

export interface Step {
  readonly variant: Variant;
  readonly event: string | null;
  readonly deliveryId: string | null;
  readonly expected: string;
  readonly request: SchemeRequest;
  /** What is wrong with an answer; null where nothing is. */
  complaint(answer: SchemeAnswer): string | null;
}

/** A variant that this scheme cannot have. */
export interface Skipped {
  readonly variant: Variant;
  readonly why: string;
}

/** Beyond the tolerance of any receiver; where the scheme has none, as long ago as nobody takes. */
const beyondMs = 3_600_000;
const longMs = 7 * 86_400_000;
const lateMs = 6 * 3_600_000;
const apartMs = 60_000;

/** Each request is made when its turn comes, so that its time is fresh. */
export async function* stepsOf(simulation: Simulation): AsyncGenerator<Step | Skipped> {
  const { signer } = simulation.scheme;
  if (signer === null) throw new Error(`${simulation.scheme.name} has no signer`);
  const maker = new Maker(simulation, signer);
  for (const variant of variantNames) {
    if (simulation.variants.includes(variant)) yield* await maker.make(variant);
  }
}

class Maker {
  readonly #simulation: Simulation;
  readonly #signer: SchemeSigner;
  #last: Step | null = null;

  constructor(simulation: Simulation, signer: SchemeSigner) {
    this.#simulation = simulation;
    this.#signer = signer;
  }

  async make(variant: Variant): Promise<readonly (Step | Skipped)[]> {
    const nowMs = this.#simulation.wallMs();
    switch (variant) {
      case "handshake":
        return [this.#handshake(nowMs)];
      case "genuine":
        this.#last = this.#step(variant, this.#signed({ nowMs }), taken);
        return [this.#last];
      case "duplicate": {
        const again = this.#last ?? this.#step("genuine", this.#signed({ nowMs }), taken);
        return [...(this.#last === null ? [again] : []), { ...again, variant }];
      }
      case "late":
        return this.#dated(variant, [nowMs - lateMs]);
      case "reordered":
        // Neither is of the time of another request: where the body is what names it, they would be one.
        return this.#dated(variant, [nowMs - apartMs, nowMs - 2 * apartMs]);
      case "bad-signature": {
        const { signingKey } = this.#signer.makeSecret((count) => this.#simulation.random.bytes(count));
        return [await this.#refused(variant, this.#signed({ nowMs, signingKey }), "whose signature it is")];
      }
      case "truncated": {
        const signed = this.#signed({ nowMs });
        const { body } = signed.request;
        const request = { ...signed.request, body: body.subarray(0, Math.floor(body.length / 2)) };
        return [await this.#refused(variant, { ...signed, request }, "that a body was cut")];
      }
      case "stale":
        return [await this.#refused(variant, this.#signed({ nowMs: nowMs - this.#beyond() }), "how old it is")];
      case "future":
        return [await this.#refused(variant, this.#signed({ nowMs: nowMs + this.#beyond() }), "how old it is")];
    }
  }

  #beyond(): number {
    const { toleranceMs } = this.#simulation.scheme;
    return toleranceMs === null ? longMs : toleranceMs + beyondMs;
  }

  #handshake(nowMs: number): Step | Skipped {
    const { scheme, url, signingKey, settings } = this.#simulation;
    const ask = scheme.handshake === null ? null : askOf(scheme, { url, signingKey, settings, nowMs });
    if (ask === null) return { variant: "handshake", why: "The provider asks nothing that can be asked here." };
    const { request } = ask;
    return {
      variant: "handshake",
      event: null,
      deliveryId: null,
      expected: "challenge answered",
      request,
      complaint: (answer) => ask.complaint(answer),
    };
  }

  /** Events that happened then, in this order. */
  #dated(variant: Variant, times: readonly number[]): readonly (Step | Skipped)[] {
    const place = this.#simulation.scheme.custom?.occurredAt ?? null;
    const parsed = place === null ? null : parsePlace(place.place);
    if (place === null || parsed === null || typeof parsed === "string" || parsed.kind !== "body") {
      return [{ variant, why: "The provider does not say in the body when it happened." }];
    }
    return times.map((occurredMs) => {
      const text = writeTime(occurredMs, place.unit);
      const at = { place: place.place, value: place.unit === "rfc3339" ? text : Number(text) };
      return this.#step(variant, this.#signed({ nowMs: this.#simulation.wallMs(), at }), taken);
    });
  }

  /** Skipped where the scheme itself would believe it: nobody can be blamed for that. */
  async #refused(variant: Variant, signed: Signed, what: string): Promise<Step | Skipped> {
    const { scheme, secret, settings, wallMs } = this.#simulation;
    const verdict = await scheme.verify(signed.request, {
      secrets: [secret],
      settings,
      nowMs: wallMs(),
      fetchText: async () => secret,
    });
    if (verdict.ok) return { variant, why: `The scheme does not tell ${what}.` };
    return this.#step(variant, signed, refused);
  }

  #signed(how: { nowMs: number; signingKey?: string; at?: { place: string; value: string | number } }): Signed {
    const { sample, settings, random, scheme } = this.#simulation;
    const deliveryId = deliveryIdOf(scheme.name, sample, random);
    const drafted = draftOf(this.#simulation, deliveryId);
    const draft = how.at === undefined ? drafted : { ...drafted, ...placeValue(drafted, how.at.place, how.at.value) };
    const signingKey = how.signingKey ?? this.#simulation.signingKey;
    return { deliveryId, request: this.#signer.sign(draft, { signingKey, nowMs: how.nowMs, settings }) };
  }

  #step(variant: Variant, { request, deliveryId }: Signed, expectation: Expectation): Step {
    return { variant, event: this.#simulation.sample.type, deliveryId, request, ...expectation };
  }
}

interface Signed {
  readonly request: SchemeRequest;
  readonly deliveryId: string;
}

type Expectation = Pick<Step, "expected" | "complaint">;

const taken: Expectation = {
  expected: "2xx",
  complaint: ({ status }) =>
    status >= 200 && status < 300 ? null : `It was answered ${status}: the provider will send it again.`,
};

const refused: Expectation = {
  expected: "4xx",
  complaint({ status }) {
    if (status >= 400 && status < 500) return null;
    return status >= 200 && status < 300
      ? `It was answered ${status}: the receiver believes what nobody signed so.`
      : `It was answered ${status}, which is for what may be taken later.`;
  },
};

function draftOf({ sample, url }: Simulation, deliveryId: string): DraftRequest {
  const { body, contentType = "application/json", numberedBy, type } = sample;
  const numbered = numberedBy === undefined ? {} : { [numberedBy]: Number(deliveryId) };
  const bytes =
    body instanceof Uint8Array
      ? body
      : Buffer.from(
          typeof body === "string" ? body : JSON.stringify(Array.isArray(body) ? body : { ...numbered, ...body }),
        );
  return { method: "POST", url, headers: ["Content-Type", contentType], body: bytes, deliveryId, type };
}

/** As the provider's ids look, where that is known. */
const prefixes: Readonly<Record<string, string>> = {
  "standard-webhooks": "msg_",
  "standard-webhooks-ed25519": "msg_",
  svix: "msg_",
  stripe: "evt_",
  paddle: "evt_",
  slack: "Ev",
  paypal: "WH-",
};

function deliveryIdOf(scheme: string, { numberedBy }: Sample, random: Pick<Random, "bytes">): string {
  const hex = Buffer.from(random.bytes(16)).toString("hex");
  if (numberedBy !== undefined) return String(Number.parseInt(hex.slice(0, 7), 16) + 1);
  const prefix = prefixes[scheme];
  if (prefix !== undefined) return prefix + hex.slice(0, 24);
  return [0, 8, 12, 16, 20].map((start, index) => hex.slice(start, [8, 12, 16, 20, 32][index])).join("-");
}
