import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { HttpKind } from "./http-kind.ts";

const event: StoredEvent = {
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 0,
  version: null,
  request: null,
  data: Buffer.from("{}"),
  position: 1,
  acceptedAtMs: 0,
};

const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const anEndpoint = (members: Partial<Endpoint>): Endpoint =>
  ({ ...endpointDefaults, id: "ep_1", number: 1, url: "http://127.0.0.1/", secrets: [secret], ...members }) as Endpoint;

const defect = new Error("a defect");
const senders = {
  "that throws": () => {
    throw defect;
  },
  "that rejects": () => Promise.reject(defect),
};
const endpoints: Record<string, Endpoint> = {
  "a secret that cannot sign": anEndpoint({ secrets: ["none"] }),
  "an authorization": anEndpoint({ authorization: { type: "bearer", token: "t" } }),
  "secrets that take turns": anEndpoint({
    signing: { scheme: "github" },
    secrets: ["a secret of sixteen"],
    retiringSecrets: [{ secret: "another of sixteen", sinceMs: 0, untilMs: 1e15 }],
  }),
  "a transform": anEndpoint({ transform: "data" }),
  compression: anEndpoint({ compression: "gzip" }),
};

for (const [how, send] of Object.entries(senders)) {
  for (const [what, endpoint] of Object.entries(endpoints)) {
    it(`with ${what} and a sender ${how}, a defect is a failed attempt, and is told`, async () => {
      const told: unknown[] = [];
      const kind = new HttpKind({
        sender: { send },
        clock: { wallMs: () => 0, steadyMs: () => 0 },
        logger: { error: (facts) => told.push((facts as { err: unknown }).err) },
        transforms: { run: async () => Buffer.from("{}") },
        publicUrl: null,
        capacity: { perProcess: 10, perTenant: 10, perOrigin: 10 },
      });
      const result = await kind.attempt(endpoint, event, { number: 1 });
      assert.deepEqual([result.status, result.errorClass], [null, "payload"]);
      assert.equal(told.length, 1);
      if (what !== "a secret that cannot sign") assert.equal(told[0], defect);
    });
  }
}
