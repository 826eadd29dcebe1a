/** What the dashboard's form sends, against a real server: an endpoint goes through it, and comes out the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { draftOf, newDraft } from "../../src/ui/endpoints/form/draft.ts";
import { bodyOf, changeOf } from "../../src/ui/endpoints/form/draft-body.ts";
import { aServer } from "./a-server.ts";

const url = "http://127.0.0.1:9/hook";

describe("the form of an endpoint", () => {
  it("makes, untouched, the endpoint that a URL alone makes", async (context) => {
    const { ask } = await aServer(context);
    const plain = (await ask("POST /v1/endpoints", { body: { url } })).body;
    const answer = await ask("POST /v1/endpoints", { body: bodyOf({ ...newDraft, url }).body });
    assert.equal(answer.status, 201, answer.text);
    const settings = ({ id, created_at, updated_at, secrets, cursor, ...rest }: Record<string, unknown>) => rest;
    assert.deepEqual(settings(answer.body), settings(plain));
  });

  it("changes nothing of an endpoint that it only showed, whatever is set of it", async (context) => {
    const { ask } = await aServer(context);
    const set = {
      url,
      types: ["order.*"],
      filter: "data.amount > 1",
      transform: "data",
      headers: { "x-team": "a" },
      batch: { max_events: 20, max_wait_ms: 1500 },
      signing: { scheme: "hmac", header: "x-signature", algorithm: "sha1", headers: { "x-id": "{guid}" } },
      authorization: { type: "basic", username: "kim", password: "secret" },
      rate_limit: { per_second: 2.5, burst: 7 },
      retry_delays_ms: [1234, 60_000],
      retry_jitter: 0.125,
      retry_max_age_ms: 3_600_000,
      success_statuses: [302, 409],
      timeout_ms: 2500,
      disable_after_ms: null,
    };
    const made = await ask("POST /v1/endpoints", { body: set });
    assert.equal(made.status, 201, made.text);
    const before = draftOf(made.body);
    assert.equal(changeOf(before, draftOf(made.body)), null);
    assert.deepEqual([...bodyOf(before).unreadable], []);
    const change = changeOf(before, { ...before, description: "Orders", retryDelays: "5s", rate: "" });
    assert.deepEqual(change, { description: "Orders", retry_delays_ms: [5000], rate_limit: null });
    const changed = await ask(`PATCH /v1/endpoints/${made.body.id}`, { body: change });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.body.signing, made.body.signing);
    assert.deepEqual(changed.body.authorization, { type: "basic", username: "kim" });
  });

  it("tells what cannot be read, by the member that it would be", () => {
    const typed = { timeout: "soon", rate: "fast", retry: "custom", retryDelays: "x", takesAll: false } as const;
    const { unreadable } = bodyOf({ ...newDraft, ...typed });
    assert.deepEqual(Object.fromEntries(unreadable), {
      "/retry_delays_ms": "duration",
      "/url": "urlMissing",
      "/types": "typesMissing",
      "/rate_limit/per_second": "number",
      "/timeout_ms": "duration",
    });
  });
});
