/** Whether a request is its provider's. Part of: receive → [verify] → store → handle. */
import { liveSecrets, type Source } from "../core/source.ts";
import type { Handshake, HandshakeAnswer, Refusal, Scheme, SchemeRequest, VerifyContext } from "./schemes/scheme.ts";

/** What the machine gives to schemes. */
export type VerifyMachine = Pick<VerifyContext, "nowMs" | "fetchText">;

export interface Judging {
  readonly source: Pick<Source, "scheme" | "secrets">;
  readonly scheme: Scheme;
  readonly request: SchemeRequest;
  readonly machine: VerifyMachine;
}

export type Judgement =
  | { readonly kind: "verified" }
  /** No event: the provider asks whether it has come to the right place. */
  | { readonly kind: "handshake"; readonly answer: HandshakeAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * By the source's own scheme, whatever the request says of itself. Handshakes that nobody signs are looked for before
 * the signature, the others behind it.
 */
export async function judgeRequest(judging: Judging): Promise<Judgement> {
  const { source, scheme, request, machine } = judging;
  const { handshake } = scheme;
  if (handshake !== null && !handshake.isSigned) {
    const shaken = await shake(handshake, judging);
    if (shaken !== null) return shaken;
  }
  const verdict = await scheme.verify(request, contextOf(source, machine));
  if (!verdict.ok) return { kind: "refused", refusal: verdict };
  const shaken = handshake?.isSigned ? await shake(handshake, judging) : null;
  return shaken ?? { kind: "verified" };
}

async function shake(handshake: Handshake, { source, request, machine }: Judging): Promise<Judgement | null> {
  const answer = await handshake.answer(request, contextOf(source, machine));
  if (answer === null) return null;
  return "ok" in answer ? { kind: "refused", refusal: answer } : { kind: "handshake", answer };
}

function contextOf({ scheme, secrets }: Judging["source"], machine: VerifyMachine): VerifyContext {
  return {
    ...machine,
    secrets: liveSecrets(secrets, machine.nowMs).map(({ value }) => value),
    settings: "preset" in scheme ? scheme.settings : {},
  };
}
