import assert from "node:assert/strict";
import { it } from "node:test";
import type { Source } from "../../sdk/wire.ts";
import { changeOf, draftOf } from "./source-draft.ts";

const source: Source = {
  id: "src_1",
  name: "code",
  tenant: "default",
  url: "/in/code",
  description: "",
  scheme: { preset: "github" },
  methods: ["POST"],
  allow_addresses: ["192.0.2.0/24"],
  body_bytes_max: 1_048_576,
  rate_limit: { per_second: 5, burst: 10 },
  deduplication: "delivery_id",
  answer: null,
  status: "enabled",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

it("what was not changed is not sent", () => {
  assert.equal(changeOf(draftOf(source), source), null);
});

it("only what was changed is sent, as the server takes it", () => {
  const draft = {
    ...draftOf(source),
    addresses: "192.0.2.0/24\n 2001:db8::/32, ",
    perSecond: "",
    hasAnswer: true,
    answerStatus: "202",
    answerBody: "thanks",
  };
  assert.deepEqual(changeOf(draft, source), {
    allow_addresses: ["192.0.2.0/24", "2001:db8::/32"],
    rate_limit: null,
    answer: { status: 202, body: "thanks", content_type: "text/plain; charset=utf-8" },
  });
});
