/** Every preset that needs nothing of its provider, from its signer over a socket into the log, and again out of it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, describe, it } from "node:test";
import { completeScheme } from "../../src/core/scheme.ts";
import { receivedType } from "../../src/inbound/received-event.ts";
import { declaredScheme } from "../../src/inbound/schemes/declared.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme, SchemeRequest } from "../../src/inbound/schemes/scheme.ts";
import { aServer } from "./a-server.ts";

/** These fetch a certificate or keys from where their provider has them. */
const fetching = new Set(["aws-sns", "paypal", "google-pubsub"]);
const schemes = [...presets.values()].filter(({ signer, name }) => signer !== null && !fetching.has(name));

const body = '{"id":"evt_1","type":"order.paid","data":{"n":12345678901234567890}}';

const sent = (url: string, { method, headers, body }: SchemeRequest): Promise<Response> => {
  const pairs: [string, string][] = [];
  for (let index = 0; index < headers.length; index += 2) pairs.push([headers[index] ?? "", headers[index + 1] ?? ""]);
  return fetch(url, { method, headers: pairs, body: Buffer.from(body) });
};

describe("a source of each preset", async () => {
  const { url, ask } = await aServer({ after: (end) => after(end as () => unknown) });

  const create = async (name: string, scheme: object, secret: string | null): Promise<void> => {
    const source = { name, scheme, ...(secret !== null && { secret }) };
    const { status, text } = await ask("POST /v1/sources", { body: source });
    assert.equal(status, 201, text);
  };

  for (const scheme of schemes) {
    it(`takes what ${scheme.name} sends, knows it again, and refuses it with another body`, async () => {
      await roundTrip(scheme, async (secret, settings) => {
        await create(scheme.name, { preset: scheme.name, settings }, scheme.secret === null ? null : secret);
        return scheme.name;
      });
    });
  }

  it("takes what a provider sends that is configuration alone", async () => {
    const custom = {
      signature: { place: "header:X-Acme-Signature", form: "pairs", name: "v1", prefix: "" },
      content: "{timestamp}.{id}.{body}",
      timestamp: { place: "pair:t", unit: "seconds" },
      id: "header:X-Acme-Delivery",
      type: "body:type",
    } as const;
    await roundTrip(declaredScheme(completeScheme(custom)), async (secret) => {
      await create("acme", { custom }, secret);
      return "acme";
    });
  });

  async function roundTrip(
    scheme: Scheme,
    createSource: (secret: string, settings: Record<string, string>) => Promise<string>,
  ): Promise<void> {
    const { secret, signingKey } = scheme.signer!.makeSecret(randomBytes);
    const required = scheme.settings.filter(({ isRequired }) => isRequired);
    const settings = Object.fromEntries(required.map(({ name }) => [name, `a-${name}`]));
    const name = await createSource(secret, settings);
    const draft = {
      method: "POST",
      url: `${url}/in/${name}`,
      headers: ["content-type", "application/json"],
      body: Buffer.from(body),
      deliveryId: "5a3c1e7a-4f2b-4c0d-9e8f-7a6b5c4d3e2f",
      type: "order.paid",
    };
    const request = scheme.signer!.sign(draft, { signingKey, nowMs: Date.now(), settings });
    const { deliveryId, type } = scheme.facts(request);

    const altered = { ...request, body: Buffer.from(Buffer.from(request.body).toString().replace("12345", "54321")) };
    if (scheme.custom?.content.includes("{body}")) {
      assert.equal((await sent(altered.url, altered)).status, 401);
    }
    const first = await sent(request.url, request);
    assert.ok(first.ok, await first.text());
    assert.equal(first.headers.get("x-content-type-options"), "nosniff");
    const again = await sent(request.url, request);
    assert.ok(again.ok, await again.text());

    const { body: page } = await ask(`GET /v1/events?types=${name}.*,${name}`);
    const events = page.data.filter(({ type: found }: { type: string }) => found === receivedType(name, type));
    assert.equal(events.length, deliveryId === null ? 2 : 1, JSON.stringify(page.data));
    const { body: event } = await ask(`GET /v1/events/${events[0].id}`);
    assert.equal(event.delivery_id, deliveryId);
    assert.equal(event.duplicates.count, deliveryId === null ? 0 : 1);
  }
});
