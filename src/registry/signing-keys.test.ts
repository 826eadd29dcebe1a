import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import { encodeFreshSecret } from "../core/signing-secret.ts";
import { PublishedKeys } from "./signing-keys.ts";

const signing = { scheme: "standard-webhooks-ed25519" } as const;
const fresh = (): string => encodeFreshSecret(signing, randomBytes(32));
const aSigner = (members: Partial<Endpoint> = {}): Endpoint =>
  ({ ...endpointDefaults, id: "ep_1", number: 1, signing, secrets: [fresh()], ...members }) as Endpoint;

test("a change of an endpoint that leaves its keys as they are leaves the set as it is", () => {
  const published = new PublishedKeys();
  const endpoint = aSigner();
  published.put(endpoint);
  const before = published.all();
  published.put({ ...endpoint, status: "paused" });
  assert.equal(published.all(), before);
  published.put({ ...endpoint, secrets: [fresh()] });
  assert.notDeepEqual(published.all(), before);
});

test("a set of more keys than are kept ready to sign derives none of the others anew when one changes", () => {
  const published = new PublishedKeys();
  const endpoints = Array.from({ length: 10_001 }, (_, number) => aSigner({ id: `ep_${number}`, number }));
  for (const endpoint of endpoints) published.put(endpoint);
  const before = published.all();
  published.put({ ...endpoints[0]!, secrets: [fresh()] });
  const after = published.all();
  assert.equal(after.length, endpoints.length);
  assert.ok(after.slice(1).every((key, index) => key === before[index + 1]));
});

test("an endpoint that no longer signs with a key pair, or is deleted, has no key in the set", () => {
  const published = new PublishedKeys();
  const endpoint = aSigner();
  published.put(endpoint);
  published.put({ ...endpoint, signing: { scheme: "none" } });
  assert.deepEqual(published.all(), []);
  published.put(endpoint);
  published.remove(endpoint);
  assert.deepEqual(published.all(), []);
});
