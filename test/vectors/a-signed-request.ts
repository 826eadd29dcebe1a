/** Requests as providers would send them, made by the schemes' own signers. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type {
  DraftRequest,
  Refusal,
  Scheme,
  SchemeRequest,
  Verdict,
  VerifyContext,
} from "../../src/inbound/schemes/scheme.ts";

/** An ordinary moment, a whole second. */
export const nowMs = Date.UTC(2026, 0, 31, 12);

export const bodyText = '{"id":"evt_1","type":"order.paid","data":{"n":12345678901234567890,"name":"Łukasz 😀"}}';

export const aDraft = (members: Partial<DraftRequest> = {}): DraftRequest => ({
  method: "POST",
  url: "https://hooks.example.com/in/shop?a=1",
  headers: ["content-type", "application/json", "host", "hooks.example.com"],
  body: Buffer.from(bodyText),
  deliveryId: "5a3c1e7a-4f2b-4c0d-9e8f-7a6b5c4d3e2f",
  type: "order.paid",
  ...members,
});

export interface SignedRequest {
  readonly request: SchemeRequest;
  readonly secret: string;
  readonly signingKey: string;
  readonly context: VerifyContext;
}

/** What settings that must be said may be. */
const settingsOf = (scheme: Scheme): Record<string, string> =>
  Object.fromEntries(scheme.settings.filter(({ isRequired }) => isRequired).map(({ name }) => [name, `a-${name}`]));

export function aSignedRequest(scheme: Scheme, draft: Partial<DraftRequest> = {}): SignedRequest {
  assert.ok(scheme.signer, `${scheme.name} has no signer`);
  const { secret, signingKey } = scheme.signer.makeSecret(randomBytes);
  const settings = settingsOf(scheme);
  const request = scheme.signer.sign(aDraft(draft), { signingKey, nowMs, settings });
  const context = {
    secrets: scheme.secret === null ? [] : [secret],
    settings,
    nowMs,
    fetchText: async () => secret,
  };
  return { request, secret, signingKey, context };
}

export const verdictOf = async (
  scheme: Scheme,
  { request, context }: Pick<SignedRequest, "request" | "context">,
): Promise<Verdict> => scheme.verify(request, context);

/** Refused, for one of the reasons. */
export async function assertRefused(
  scheme: Scheme,
  tried: Pick<SignedRequest, "request" | "context">,
  reasons: readonly Refusal["reason"][],
): Promise<void> {
  const verdict = await verdictOf(scheme, tried);
  assert.ok(!verdict.ok, `${scheme.name} believed it`);
  assert.ok(reasons.includes(verdict.reason), `${scheme.name}: ${verdict.reason}: ${verdict.detail}`);
}

/** The request with the value of one header made anew. */
export function withHeader(
  request: SchemeRequest,
  name: string,
  change: (value: string) => readonly string[],
): SchemeRequest {
  const headers: string[] = [];
  let isThere = false;
  for (let index = 0; index < request.headers.length; index += 2) {
    const [key = "", value = ""] = request.headers.slice(index, index + 2);
    if (key.toLowerCase() !== name.toLowerCase()) headers.push(key, value);
    else {
      isThere = true;
      for (const changed of change(value)) headers.push(key, changed);
    }
  }
  assert.ok(isThere, `no header ${name}`);
  return { ...request, headers };
}
