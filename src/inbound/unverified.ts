import type { Scheme } from "./schemes/scheme.ts";

/** Of a source that says that it believes everyone. */
export const unverified: Scheme = {
  name: "unverified",
  title: "No verification",
  documentation: "",
  secret: null,
  secretRefusal: () => "A source that believes everyone has no secret.",
  settings: [],
  toleranceMs: null,
  answerDeadlineMs: null,
  verify: () => ({ ok: true, secret: 0 }),
  facts: () => ({ deliveryId: null, type: null, occurredAtMs: null }),
  handshake: null,
  signer: null,
  custom: null,
};
