import assert from "node:assert/strict";
import { test } from "node:test";
import { hmacDefaults, type RetiringSecret, type SigningScheme } from "./endpoint-signing.ts";
import { limits } from "./limits.ts";
import {
  activeSecrets,
  nextEndMs,
  refitted,
  retiringAtStart,
  rotated,
  type SecretHolder,
  stillRetiring,
} from "./secret-rotation.ts";

const shared = (letter: string): string => `whsec_${btoa(letter.repeat(24))}`;
const a = shared("a");
const b = shared("b");
const c = shared("c");
const retiring = (secret: string, sinceMs: number, untilMs: number): RetiringSecret => ({ secret, sinceMs, untilMs });
const aHolder = (members: Partial<SecretHolder> = {}): SecretHolder => ({
  signing: { scheme: "standard-webhooks" },
  secrets: [a],
  retiringSecrets: [],
  ...members,
});

test("a new secret is the newest; the one before it signs until the grace ends, and not after", () => {
  const change = rotated(aHolder(), { secret: b, graceMs: 100, nowMs: 1000 });
  assert.deepEqual(change, { secrets: [b], retiringSecrets: [retiring(a, 1000, 1100)] });
  const holder = aHolder({ ...change });
  assert.deepEqual(activeSecrets(holder, 1099), [b, a]);
  assert.deepEqual(activeSecrets(holder, 1100), [b]);
  assert.equal(nextEndMs(holder), 1100);
  assert.equal(nextEndMs(aHolder()), null);
});

test("a grace of nothing ends all that signed, also those of earlier rotations", () => {
  const holder = aHolder({ secrets: [b], retiringSecrets: [retiring(a, 0, 5000)] });
  assert.deepEqual(rotated(holder, { secret: c, graceMs: 0, nowMs: 10 }), { secrets: [c], retiringSecrets: [] });
});

test("a rotation lengthens nobody's grace, and shortens what is longer than its own", () => {
  const holder = aHolder({ secrets: [c], retiringSecrets: [retiring(b, 0, 5000), retiring(a, 0, 50)] });
  const { retiringSecrets } = rotated(holder, { secret: shared("d"), graceMs: 100, nowMs: 10 }) ?? {};
  assert.deepEqual(retiringSecrets, [retiring(c, 10, 110), retiring(b, 10, 110), retiring(a, 0, 50)]);
});

test("the newest secret given again moves the end of the grace, either way", () => {
  const holder = aHolder({ secrets: [b], retiringSecrets: [retiring(a, 0, 5000)] });
  for (const graceMs of [100, 9000]) {
    const change = rotated(holder, { secret: b, graceMs, nowMs: 10 });
    assert.deepEqual(change, { secrets: [b], retiringSecrets: [retiring(a, 10, 10 + graceMs)] });
  }
});

test("a secret that is retiring can be made the newest again", () => {
  const holder = aHolder({ secrets: [b], retiringSecrets: [retiring(a, 0, 5000)] });
  const change = rotated(holder, { secret: a, graceMs: 100, nowMs: 10 });
  assert.deepEqual(change, { secrets: [a], retiringSecrets: [retiring(b, 10, 110)] });
});

test("there are never more secrets than the limit; those that have ended do not count", () => {
  let holder = aHolder();
  for (let count = 2; count <= limits.secretsPerEndpoint; count++) {
    const change = rotated(holder, { secret: shared(String(count)), graceMs: 1000, nowMs: count });
    assert.ok(change);
    holder = aHolder(change);
  }
  assert.equal(rotated(holder, { secret: shared("x"), graceMs: 1000, nowMs: 10 }), null);
  assert.ok(rotated(holder, { secret: shared("x"), graceMs: 0, nowMs: 10 }));
  assert.ok(rotated(holder, { secret: shared("x"), graceMs: 1000, nowMs: 1002 }));
});

test("a change of scheme keeps the secrets that fit it, as many as it has room for, and drops the others", () => {
  const holder = (signing: SigningScheme, secrets = [a, b]) =>
    refitted(aHolder({ signing, secrets, retiringSecrets: [retiring(c, 0, 9)] }));
  const kept = [retiring(c, 0, 9)];
  assert.deepEqual(holder({ scheme: "stripe" }), { secrets: [a, b], retiringSecrets: kept });
  assert.deepEqual(holder({ scheme: "github" }), { secrets: [a], retiringSecrets: kept });
  const none = { secrets: [], retiringSecrets: [] };
  assert.deepEqual(holder({ scheme: "standard-webhooks-ed25519" }), none);
  assert.deepEqual(holder({ scheme: "none" }), none);
  assert.deepEqual(holder({ ...hmacDefaults, scheme: "hmac", header: "x", secretEncoding: "hex" }), none);
});

test("a private key never becomes a secret that receivers are given", () => {
  const key = `whsk_${btoa("k".repeat(32))}`;
  for (const scheme of ["github", "stripe", "standard-webhooks"] as const) {
    assert.deepEqual(refitted(aHolder({ signing: { scheme }, secrets: [key] })).secrets, []);
  }
});

test("a start keeps what was retiring as it was; what has ended meanwhile signs no more", () => {
  const old = [retiring(a, 0, 1000), retiring(b, 0, 2000)];
  assert.deepEqual(retiringAtStart(old, 1500), old);
  assert.deepEqual(activeSecrets(aHolder({ secrets: [c], retiringSecrets: old }), 1500), [c, b]);
});

test("a clock that lies before the rotation gives the grace once more, and not the time between", () => {
  const ahead = [retiring(a, 1_000_000, 1_000_100)];
  assert.deepEqual(retiringAtStart(ahead, 500), [retiring(a, 500, 600)]);
  const holder = aHolder({ retiringSecrets: retiringAtStart(ahead, 500) });
  assert.deepEqual(stillRetiring(holder, 600), []);
});
