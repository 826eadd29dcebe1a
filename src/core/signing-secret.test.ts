import assert from "node:assert/strict";
import { test } from "node:test";
import { hmacDefaults, type SigningScheme } from "./endpoint-signing.ts";
import { limits } from "./limits.ts";
import { decodePrivateKey, encodeFreshSecret, secretRefusal } from "./signing-secret.ts";

const hmac = (secretEncoding: "text" | "hex" | "base64"): SigningScheme => ({
  ...hmacDefaults,
  scheme: "hmac",
  header: "x",
  secretEncoding,
});
const schemes: SigningScheme[] = [
  { scheme: "standard-webhooks" },
  { scheme: "standard-webhooks-ed25519" },
  { scheme: "github" },
  { scheme: "stripe" },
  { scheme: "http-message-signatures", algorithm: "hmac-sha256" },
  { scheme: "http-message-signatures", algorithm: "ed25519" },
  hmac("text"),
  hmac("hex"),
  hmac("base64"),
];
const base64 = (bytes: number): string => btoa("s".repeat(bytes));

test("a fresh secret of any bytes is one of its scheme", () => {
  for (const signing of schemes) {
    for (const fill of [0, 255, 62 * 4 + 3]) {
      const secret = encodeFreshSecret(signing, new Uint8Array(32).fill(fill));
      assert.equal(secretRefusal(signing, secret), null, JSON.stringify(signing));
    }
  }
});

test("each scheme takes its own look and refuses the others, without a word of the secret", () => {
  const [standard, , github, stripe, , , text, hex, encoded] = schemes;
  const pair = schemes[1];
  const cases: [SigningScheme | undefined, good: string[], bad: string[]][] = [
    [standard, [`whsec_${base64(24)}`, `whsec_${base64(64)}`], ["", `whsec_${base64(23)}`, `whsk_${base64(32)}`]],
    [pair, [`whsk_${base64(32)}`, `whsk_${base64(64)}`], [`whsk_${base64(31)}`, `whsec_${base64(32)}`, "whsk_", "x"]],
    [github, ["a".repeat(16), "It's a Secret to Everybody"], ["a".repeat(15), "", "\ud800".repeat(20)]],
    [stripe, [`whsec_${base64(24)}`, "é".repeat(256)], ["é".repeat(257), `whsk_${base64(32)}`]],
    [text, ["ünïcödé and spaces"], ["short"]],
    [hex, ["00".repeat(16), "aF".repeat(20)], ["00".repeat(15), "0".repeat(33), "0x".repeat(16)]],
    [encoded, [base64(16), base64(17)], [base64(15), `${base64(16)}=`, "a-_b".repeat(8)]],
    [{ scheme: "none" }, [], [`whsec_${base64(24)}`]],
  ];
  for (const [signing, good, bad] of cases) {
    assert.ok(signing);
    for (const secret of good) assert.equal(secretRefusal(signing, secret), null, `${signing.scheme} ${secret}`);
    for (const secret of bad) {
      const sentence = secretRefusal(signing, secret);
      assert.ok(sentence !== null, `${signing.scheme} ${secret}`);
      assert.ok(secret.length < 8 || !sentence.includes(secret));
    }
  }
});

test("no secret is longer than the limit", () => {
  const [, , github] = schemes;
  assert.ok(github);
  assert.equal(secretRefusal(github, "a".repeat(limits.secretLength)), null);
  assert.match(secretRefusal(github, "a".repeat(limits.secretLength + 1)) ?? "", /at most 256/);
});

test("a private key is its seed, with the public key behind it or without", () => {
  const seed = new Uint8Array(32).fill(7);
  const both = Uint8Array.from([...seed, ...new Uint8Array(32).fill(9)]);
  const text = (bytes: Uint8Array): string => `whsk_${btoa(String.fromCharCode(...bytes))}`;
  assert.deepEqual(decodePrivateKey(text(seed)), { seed, publicKey: null });
  assert.deepEqual(decodePrivateKey(text(both)), { seed, publicKey: new Uint8Array(32).fill(9) });
  assert.equal(decodePrivateKey(text(both).replace("whsk_", "whpk_")), null);
});
