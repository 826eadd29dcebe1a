/** Requests for comparing our schemes with what providers publish. */
import assert from "node:assert/strict";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme, SchemeRequest, VerifyContext } from "../../src/inbound/schemes/scheme.ts";

export { headerOf } from "../vectors/header-of.ts";

export const nowMs = Date.now();

export const schemeNamed = (name: string): Scheme => presets.get(name) ?? assert.fail(`no scheme ${name}`);

export const aRequest = (members: Partial<SchemeRequest> = {}): SchemeRequest => ({
  method: "POST",
  url: "https://example.com/in/a?x=1",
  headers: ["content-type", "application/json"],
  body: Buffer.from('[{"id":"1","name":"Łukasz 😀"}]'),
  ...members,
});

export async function isBelieved(
  scheme: Scheme,
  request: SchemeRequest,
  context: Partial<VerifyContext> = {},
): Promise<boolean> {
  const fetchText = () => Promise.reject(new Error("nothing is fetched"));
  return (await scheme.verify(request, { secrets: [], settings: {}, nowMs, fetchText, ...context })).ok;
}

/** What our signer makes, and the secret that verifies it. */
export function ourRequest(scheme: Scheme, request: SchemeRequest, settings: Record<string, string> = {}) {
  const signer = scheme.signer ?? assert.fail();
  const { secret, signingKey } = signer.makeSecret((count) => crypto.getRandomValues(new Uint8Array(count)));
  const draft = { ...request, deliveryId: "d-1", type: "x" };
  return { request: signer.sign(draft, { signingKey, nowMs, settings }), secret, signingKey };
}

export const textOf = ({ body }: SchemeRequest): string => Buffer.from(body).toString();
