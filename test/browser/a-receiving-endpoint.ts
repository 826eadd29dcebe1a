/** A receiver on this machine, and an endpoint that sends to it, for tests of the dashboard. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import type { Dashboard } from "./a-dashboard.ts";

export async function aReceiver(context: Pick<TestContext, "after">): Promise<TestReceiver> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return receiver;
}

export interface ReceivingEndpoint {
  readonly receiver: TestReceiver;
  readonly id: string;
  /** Of the dashboard. */
  readonly path: string;
  /** In a tenant of the test's own it would be alone; here its type is its own. */
  readonly type: string;
  publish(data: unknown, members?: object): Promise<string>;
  publishMany(count: number): Promise<void>;
}

/** Takes one type that nothing else takes. */
export async function aReceivingEndpoint(
  context: Pick<TestContext, "after">,
  dashboard: Dashboard,
  settings: { readonly type: string } & Record<string, unknown>,
): Promise<ReceivingEndpoint> {
  const { type, ...rest } = settings;
  const receiver = await aReceiver(context);
  const url = `${receiver.url}/hooks`;
  const made = await dashboard.ask("POST /v1/endpoints", { body: { url, types: [type], ...rest } });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body;
  return {
    receiver,
    id,
    path: `/endpoints/${id}`,
    type,
    async publish(data, members = {}) {
      const answer = await dashboard.ask("POST /v1/events", { body: { type, data, ...members } });
      assert.ok(answer.status < 300, answer.text);
      return answer.body.id ?? answer.body.data[0].id;
    },
    async publishMany(count) {
      const body = Array.from({ length: count }, (_, number) => ({ type, data: { number } }));
      const answer = await dashboard.ask("POST /v1/events", { body });
      assert.ok(answer.status < 300, answer.text);
    },
  };
}
