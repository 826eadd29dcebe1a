/** Rotation over a real server: receivers of every scheme change over in the middle of the traffic, and nothing fails. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { isTaken, type SchemeCase, schemeCases } from "./signature-verifiers.ts";

const hourMs = 3_600_000;
const attempts = (query: string): string => `GET /v1/attempts?limit=1000&${query}`;

/** A receiver that takes what is signed with what it knows, and answers 401 to the rest. */
async function aStrictReceiver(context: Pick<TestContext, "after">, scheme: SchemeCase, known: string) {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const strict = {
    known,
    taken: new Set<string>(),
    refused: 0,
    url: `${receiver.url}/hook`,
    requests: receiver.requests,
  };
  const isGenuine = ({ path, headers, body }: ReceivedRequest): Promise<boolean> => {
    const parcel = { method: "POST", url: receiver.url + path, headers: headers as Record<string, string> };
    return isTaken(scheme, { ...parcel, body: body.toString() }, strict.known);
  };
  receiver.answer({
    write: async (response, request) => {
      const isTakenNow = await isGenuine(request);
      if (isTakenNow) strict.taken.add(String(request.headers["webhook-id"]));
      else strict.refused += 1;
      response.writeHead(isTakenNow ? 200 : 401).end();
    },
  });
  return strict;
}

async function publishMany({ ask }: TestServer, ids: readonly string[]): Promise<void> {
  const { status } = await ask("POST /v1/events", { body: ids.map((id) => anEvent({ id })) });
  assert.equal(status, 201);
}

const idsOf = (stage: string): string[] => Array.from({ length: 20 }, (_, index) => `evt_${stage}_${index}`);

describe("a rotation mid-traffic", () => {
  for (const scheme of schemeCases) {
    it(`fails nothing where the receiver knows only the old secret, then only the new: ${scheme.name}`, async (context) => {
      const server = await aServer(context);
      const [old, fresh] = scheme.secrets;
      const receiver = await aStrictReceiver(context, scheme, scheme.known(old));
      const settings = { url: receiver.url, signing: scheme.body, secrets: [old] };
      const made = await server.ask("POST /v1/endpoints", { body: settings });
      assert.equal(made.status, 201, made.text);
      const rotate = (body: object) => server.ask(`POST /v1/endpoints/${made.body.id}/secrets/rotate`, { body });
      const all: string[] = [];
      const publish = async (stage: string): Promise<void> => {
        const ids = idsOf(stage);
        all.push(...ids);
        await publishMany(server, ids);
      };
      const arrived = () => eventually("all is taken", () => all.every((id) => receiver.taken.has(id)));

      await publish("before");
      const rotated = await rotate({ secret: fresh, grace_ms: hourMs });
      assert.equal(rotated.status, 200, rotated.text);
      await publish("old");
      await arrived();
      receiver.known = scheme.known(fresh);
      await publish("new");
      await arrived();
      await rotate({ secret: fresh, grace_ms: 0 });
      await publish("after");
      await arrived();

      const delivered = async () => (await server.ask(attempts("status=delivered"))).body.data.length;
      await eventually("every attempt is noted", async () => (await delivered()) === all.length);
      assert.deepEqual((await server.ask(attempts("status=failed"))).body.data, []);
      const isOneAtATime = ["github", "hmac"].includes(scheme.name);
      if (!isOneAtATime) assert.equal(receiver.refused, 0);
    });
  }
});

describe("a secret that was replaced", () => {
  const [standard, pair, github] = schemeCases as [SchemeCase, SchemeCase, SchemeCase];

  async function anEndpoint(context: Pick<TestContext, "after">, scheme: SchemeCase) {
    const server = await aServer(context);
    const receiver = await aStrictReceiver(context, scheme, scheme.known(scheme.secrets[0]));
    const body = { url: receiver.url, signing: scheme.body, secrets: [scheme.secrets[0]], retry_delays_ms: [] };
    const { id } = (await server.ask("POST /v1/endpoints", { body })).body;
    const secretsUrl = `/v1/endpoints/${id}/secrets`;
    const rotate = async (input: object) => (await server.ask(`POST ${secretsUrl}/rotate`, { body: input })).body;
    const secrets = async () => (await server.ask(`GET ${secretsUrl}`)).body;
    return { ...server, server, receiver, id, rotate, secrets };
  }

  it("is shown with its end, for a day where no grace is given", async (context) => {
    const { rotate, secrets } = await anEndpoint(context, standard);
    const answer = await rotate({});
    assert.match(answer.secrets[0], /^whsec_/);
    assert.equal(answer.secrets.length, 1);
    assert.deepEqual(
      answer.retiring.map(({ secret }: { secret: string }) => secret),
      [standard.secrets[0]],
    );
    const lastsMs = Date.parse(answer.retiring[0].expires_at) - Date.now();
    assert.ok(Math.abs(lastsMs - 24 * hourMs) < 60_000);
    assert.deepEqual(await secrets(), answer);
  });

  for (const scheme of [standard, github]) {
    it(`signs no more when its time is over, without a restart: ${scheme.name}`, async (context) => {
      const { rotate, secrets, receiver, server, ask, id } = await anEndpoint(context, scheme);
      await rotate({ secret: scheme.secrets[1], grace_ms: 200 });
      await eventually("it is forgotten", async () => (await secrets()).retiring.length === 0);
      assert.deepEqual((await secrets()).secrets, [scheme.secrets[1]]);
      await publishMany(server, ["evt_late"]);
      const failed = await eventually("the receiver refuses it", async () => {
        const { data } = (await ask(attempts(`status=failed&endpoint_id=${id}`))).body;
        return data.length > 0 && data;
      });
      assert.deepEqual([failed[0].status, receiver.refused, receiver.taken.size], [401, 1, 0]);
    });
  }

  it("ends at once with a grace of nothing, also where it was replaced before", async (context) => {
    const { rotate } = await anEndpoint(context, standard);
    await rotate({ grace_ms: hourMs });
    const { retiring } = await rotate({ grace_ms: hourMs });
    assert.equal(retiring.length, 2);
    assert.deepEqual((await rotate({ grace_ms: 0 })).retiring, []);
  });

  it("ends where the secrets are set by hand, and stays where anything else is changed", async (context) => {
    const { rotate, secrets, ask, id } = await anEndpoint(context, standard);
    await rotate({});
    await ask(`PATCH /v1/endpoints/${id}`, { body: { description: "x", signing: { scheme: "standard-webhooks" } } });
    assert.equal((await secrets()).retiring.length, 1);
    await ask(`PATCH /v1/endpoints/${id}`, { body: { secrets: [standard.secrets[1]] } });
    assert.deepEqual(await secrets(), { secrets: [standard.secrets[1]], retiring: [] });
  });

  it("stays published while it is a private key in its grace, and then leaves", async (context) => {
    const { rotate, secrets, ask, id } = await anEndpoint(context, pair);
    const kids = async (): Promise<string[]> => {
      const { keys } = (await ask("GET /.well-known/jwks.json", { key: null })).body;
      return keys.map(({ kid }: { kid: string }) => kid);
    };
    const [first] = await kids();
    const answer = await rotate({ grace_ms: hourMs });
    assert.deepEqual(answer, { secrets: [], retiring: [] });
    const [newest, old, ...more] = await kids();
    assert.deepEqual([old, more], [first, []]);
    const { signing_keys: keys } = (await ask(`GET /v1/endpoints/${id}`)).body;
    assert.deepEqual(
      keys.map(({ key_id, expires_at }: { key_id: string; expires_at: string | null }) => [
        key_id,
        expires_at === null,
      ]),
      [
        [newest, true],
        [first, false],
      ],
    );
    await rotate({ grace_ms: 0 });
    const left = await kids();
    assert.equal(left.length, 1);
    assert.ok(!left.includes(first ?? "") && !left.includes(newest ?? ""));
    assert.deepEqual(await secrets(), { secrets: [], retiring: [] });
  });
});
