/**
 * Finds out whether a receiver wants to be one, before its URL is stored: by a challenge that it must echo, or by the
 * handshake of CloudEvents (https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md, section 4).
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { burstOf, type PaceSettings } from "../core/endpoint-pace.ts";
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { AuthorizedSender } from "./authorization.ts";
import { userAgent } from "./http-kind.ts";
import type { ReceiverChecks } from "./receiver-checks.ts";
import { signatureHeaders, signsInTurns } from "./signing.ts";
import { SigningTurns, type Turn } from "./signing-turns.ts";

/** An endpoint as it would be stored. */
export type EndpointDraft = Omit<Endpoint, "number">;

const challengeType = "endpoint.verification";
const challengeBytes = 24;

const allowedOrigin = "webhook-allowed-origin";
const allowedRate = "webhook-allowed-rate";

export interface VerificationOptions {
  readonly sender: AuthorizedSender;
  readonly clock: Clock;
  readonly random: Random;
  readonly checks: ReceiverChecks;
  /** What this system calls itself in the CloudEvents handshake. */
  readonly webhookOrigin: string;
}

export class Verification {
  readonly #options: VerificationOptions;

  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  /** The settings that follow from what the receiver agreed to. Refuses with `endpoint-unverified`. */
  verify(draft: EndpointDraft): Promise<Partial<PaceSettings>> {
    return this.#options.checks.run(draft.tenant, () =>
      draft.verification === "challenge" ? this.#challenge(draft) : this.#shakeHands(draft),
    );
  }

  async #challenge(draft: EndpointDraft): Promise<Partial<PaceSettings>> {
    const { clock, random } = this.#options;
    const challenge = Buffer.from(random.bytes(challengeBytes)).toString("base64url");
    const timestamp = new Date(clock.wallMs()).toISOString();
    const id = makeId("evt", clock.wallMs(), random.bytes(16));
    const body = Buffer.from(JSON.stringify({ id, type: challengeType, timestamp, data: { challenge } }));
    const result = await this.#ask(draft, { id, method: "POST", body });
    if (result.errorClass !== null) throw unverified(result.errorDetail ?? "");
    if (echoes(result.responseBody, challenge)) return {};
    throw unverified(`The receiver answered ${result.status}, but not with the challenge.`);
  }

  async #shakeHands(draft: EndpointDraft): Promise<Partial<PaceSettings>> {
    const { clock, random, webhookOrigin } = this.#options;
    const id = makeId("evt", clock.wallMs(), random.bytes(16));
    const { rateLimit } = draft;
    const asked = rateLimit === null ? [] : ["webhook-request-rate", String(perMinute(rateLimit.perSecond))];
    const result = await this.#ask(draft, { id, method: "OPTIONS", body: Buffer.alloc(0), asked });
    if (result.errorClass !== null) throw unverified(result.errorDetail ?? "");
    const origin = result.headers?.[allowedOrigin];
    if (origin === undefined)
      throw unverified(`The receiver answered ${result.status} without WebHook-Allowed-Origin.`);
    if (origin !== "*" && origin.toLowerCase() !== webhookOrigin.toLowerCase()) {
      throw unverified("The receiver's WebHook-Allowed-Origin is another one.");
    }
    return granted(rateLimit, result.headers?.[allowedRate] ?? "*");
  }

  #ask(
    draft: EndpointDraft,
    request: {
      readonly id: string;
      readonly method: "POST" | "OPTIONS";
      readonly body: Uint8Array;
      readonly asked?: readonly string[];
    },
  ): Promise<AttemptResult> {
    const { sender, clock } = this.#options;
    const { id, method, body, asked = [] } = request;
    const { url, timeoutMs } = draft;
    const timestampSeconds = Math.floor(clock.wallMs() / 1000);
    const signed = { id, type: challengeType, timestampSeconds, body, method, url };
    const signer = { ...draft, number: 0 };
    const content = body.length === 0 ? [] : ["content-type", "application/json"];
    const own = Object.entries(draft.headers).flat();
    const answerHeaders = [allowedOrigin, allowedRate];
    const send = ({ headers: signature, timeoutMs }: Turn): Promise<AttemptResult> => {
      const headers = [...content, "user-agent", userAgent, ...own, ...signature, ...asked];
      return sender.send(draft, { url, method, headers, body, timeoutMs, answerHeaders });
    };
    if (signsInTurns(signer)) return new SigningTurns().send(signer, signed, { clock, send });
    return send({ headers: signatureHeaders(signer, signed, clock), timeoutMs });
  }
}

/** As JSON with a member `challenge`, as a JSON string, or as it is. */
function echoes(body: Uint8Array, challenge: string): boolean {
  const text = Buffer.from(body).toString("utf8").trim();
  if (text === challenge) return true;
  try {
    const value: unknown = JSON.parse(text);
    return value === challenge || (value as { challenge?: unknown } | null)?.challenge === challenge;
  } catch {
    return false;
  }
}

const perMinute = (perSecond: number): number => Math.max(1, Math.floor(perSecond * 60));

/** The receiver's rate, unless what was set is lower. */
function granted(set: PaceSettings["rateLimit"], rate: string): Partial<PaceSettings> {
  if (rate === "*") return {};
  if (!/^[1-9]\d{0,14}$/.test(rate)) throw unverified("The receiver's WebHook-Allowed-Rate is not a number, nor `*`.");
  const perSecond = Math.min(limits.ratePerSecondMax, Number(rate) / 60);
  if (set !== null && set.perSecond <= perSecond) return {};
  return { rateLimit: { perSecond, burst: burstOf(perSecond) } };
}

function unverified(cause: string): TrotlineError {
  return new TrotlineError("endpoint-unverified", `The receiver was asked and did not agree. ${cause}`, {
    field: "/url",
  });
}
