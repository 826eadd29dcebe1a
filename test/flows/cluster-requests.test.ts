/** What is asked of an endpoint that another process runs: the answer is the same wherever it is asked for. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Answer, type AskOptions, anEvent, type TestServer } from "./a-server.ts";
import { aServerCluster, runningAt, runsAll, sharedDatabase, sharedMemory } from "./a-server-cluster.ts";

const url = (path: string): string => `http://127.0.0.1:9/${path}`;

type Ask = (what: string, options?: AskOptions) => Promise<Answer>;

/** Where something is asked, with an endpoint of its own. */
interface Place {
  readonly ask: Ask;
  readonly id: string;
  /** Of a replay that goes on until it is ended, and one that is over. */
  readonly going: string;
  readonly over: string;
}

type Asked = (place: Place) => Promise<Answer>;

const post =
  (path: (place: Place) => string, body?: object): Asked =>
  (place) =>
    place.ask(`POST ${path(place)}`, body === undefined ? {} : { body });
const get =
  (path: (place: Place) => string): Asked =>
  ({ ask, ...place }) =>
    ask(`GET ${path({ ask, ...place })}`);
const of =
  (rest = "") =>
  ({ id }: Place): string =>
    `/v1/endpoints/${id}${rest}`;
const ofReplay =
  (which: "going" | "over", rest = "") =>
  (place: Place): string =>
    `/v1/replays/${place[which]}${rest}`;

/** Everything that is asked of an endpoint or a replay, in this order. A new route needs a line, or it fails here. */
const asked: readonly (readonly [route: string, asked: Asked, status: number])[] = [
  ["GET /v1/endpoints/:id", get(of()), 200],
  ["GET /v1/events/:id", get(() => "/v1/events/e1"), 200],
  ["PATCH /v1/endpoints/:id", ({ ask, id }) => ask(`PATCH /v1/endpoints/${id}`, { body: { description: "x" } }), 200],
  ["GET /v1/endpoints/:id/types", get(of("/types")), 200],
  ["GET /v1/endpoints/:id/secrets", get(of("/secrets")), 200],
  ["POST /v1/endpoints/:id/secrets/rotate", post(of("/secrets/rotate"), { grace_ms: 60_000 }), 200],
  ["POST /v1/endpoints/:id/test", post(of("/test")), 200],
  ["POST /v1/endpoints/:id/transform/dry-run", post(of("/transform/dry-run"), { event_id: "e1" }), 200],
  ["GET /v1/endpoints/:id/output", get(of("/output")), 409],
  ["POST /v1/endpoints/:id/deliveries/:event_id/retry", post(of("/deliveries/e1/retry")), 200],
  ["POST /v1/endpoints/:id/deliveries/:event_id/skip", post(of("/deliveries/e2/skip")), 409],
  ["POST /v1/replays/:id/pause", post(ofReplay("going", "/pause")), 200],
  ["POST /v1/replays/:id/resume", post(ofReplay("going", "/resume")), 200],
  ["POST /v1/replays/:id/cancel", post(ofReplay("going", "/cancel")), 200],
  ["POST /v1/endpoints/:id/recover", post(of("/recover"), { since: "earliest", dry_run: true }), 201],
  ["POST /v1/endpoints/:id/replay", post(of("/replay"), { dry_run: true }), 201],
  ["POST /v1/endpoints/:id/seek", post(of("/seek"), { to: "latest" }), 200],
  ["POST /v1/endpoints/:id/pause", post(of("/pause")), 200],
  ["POST /v1/endpoints/:id/resume", post(of("/resume"), { from: "latest" }), 200],
  ["GET /v1/replays/:id", get(ofReplay("over")), 200],
  ["POST /v1/replays/:id/cancel", post(ofReplay("over", "/cancel")), 409],
  ["POST /v1/recover", ({ ask }) => ask("POST /v1/recover", { body: { since: "earliest", dry_run: true } }), 201],
  ["POST /v1/endpoints/:id/seek", post(of("/seek"), { to: "nowhere" }), 400],
  ["DELETE /v1/endpoints/:id", ({ ask, id }) => ask(`DELETE /v1/endpoints/${id}`), 204],
  ["POST /v1/endpoints/:id/replay", post(of("/replay")), 404],
];

/** Ids, times and secrets are of each; how large a window is only the holder knows. */
function comparable({ status, body, text, headers }: Answer): unknown {
  const own =
    /(?:ep|att|rpl|req|evt)_\w+|\\?"20\d\d-[^"]+Z\\?"|"webhook-timestamp":"\d+"|"whsec_[^"]+"|"(?:duration_ms|window)":[\d.]+|\/[ab]\b/g;
  return [status, headers.get("content-type"), body === null ? text : JSON.stringify(body).replaceAll(own, "…")];
}

/** An endpoint whose second event is given up, and two replays of it. */
async function aPlace(asker: TestServer, holder: TestServer, id: string): Promise<Place> {
  const exhausted = async (): Promise<boolean> => {
    const { deliveries } = (await holder.ask("GET /v1/events/e2")).body;
    return deliveries.some((one: { endpoint_id: string; state: string }) => {
      return one.endpoint_id === id && one.state === "exhausted";
    });
  };
  await eventually("it was given up", exhausted, 10_000);
  const over = (await holder.ask(`POST /v1/endpoints/${id}/replay`, { body: { dry_run: true } })).body.id;
  await holder.ask(`POST /v1/endpoints/${id}/pause`);
  const going = (await holder.ask(`POST /v1/endpoints/${id}/replay`)).body.id;
  return { ask: asker.ask, id, going, over };
}

const memory = async () => sharedMemory(systemClock());
for (const [name, opener] of Object.entries({ memory, postgres: sharedDatabase })) {
  it(`every process answers what is asked of an endpoint as its holder does, on ${name}`, async (context) => {
    const cluster = aServerCluster(context, { open: await opener() });
    const api = await cluster.start({ roles: ["api"] });
    const holder = await cluster.start();
    await runsAll(holder);
    for (const path of ["/a", "/b"]) cluster.statuses.set(path, 500);
    const make = async (path: string): Promise<string> =>
      (await holder.ask("POST /v1/endpoints", { body: { url: url(path), retry_delays_ms: [] } })).body.id;
    const [ofApi, ofHolder] = [await make("a"), await make("b")];
    await holder.ask("POST /v1/events", { body: [anEvent({ id: "e1" }), anEvent({ id: "e2" })] });
    const there = await aPlace(holder, holder, ofHolder);
    const here = await aPlace(api, holder, ofApi);
    await eventually("it has heard of the endpoint", async () => {
      const { status, lag } = (await api.ask(`GET /v1/endpoints/${ofApi}`)).body ?? {};
      return status === "paused" && lag === 0;
    });
    for (const [route, ask, status] of asked) {
      const wanted = await ask(there);
      assert.equal(wanted.status, status, `${route}: ${wanted.text}`);
      assert.deepEqual(comparable(await ask(here)), comparable(wanted), route);
    }
    const routes = new Set(asked.map(([route]) => route));
    const ofLanes = api.server.routes
      .map(({ method, url: path }) => `${method} ${path}`)
      .filter((route) => /\/v1\/(?:endpoints\/:|replays\/:|recover)/.test(route));
    assert.deepEqual(
      ofLanes.filter((route) => !routes.has(route)),
      [],
      "a route without a line above",
    );
    await listsAreTrue({ api, holder });
  });
}

/** At the process that runs nothing as at the one that runs all. */
async function listsAreTrue({ api, holder }: { readonly api: TestServer; readonly holder: TestServer }): Promise<void> {
  for (const path of ["/v1/endpoints", "/v1/replays?limit=1000"]) {
    await eventually(path, async () => {
      const [one, other] = await Promise.all([api.ask(`GET ${path}`), holder.ask(`GET ${path}`)]);
      return one.status === 200 && one.text === other.text;
    });
  }
}

/** A process that takes requests, one that runs all endpoints, and these. */
async function aPair(context: TestContext, paths: readonly string[]) {
  const cluster = aServerCluster(context, { open: sharedMemory(systemClock()) });
  const api = await cluster.start({ roles: ["api"] });
  const ids: string[] = [];
  for (const path of paths) {
    const body = { url: url(path), retry_delays_ms: [60_000] };
    ids.push((await api.ask("POST /v1/endpoints", { body })).body.id);
  }
  const holder = await cluster.start();
  await runsAll(holder);
  return { cluster, api, holder, ids };
}

it("lanes elsewhere are shown as their holder last wrote them down", async (context) => {
  const { cluster, api, holder, ids } = await aPair(context, ["well", "failing"]);
  cluster.statuses.set("/failing", 500);
  const events = Array.from({ length: 12 }, (_, index) => anEvent({ id: `e${index}` }));
  await api.ask("POST /v1/events", { body: events });
  const shown = async ({ ask }: TestServer, id: string) => {
    const { cursor, lag, parked, health } = (await ask(`GET /v1/endpoints/${id}`)).body;
    const { window: _, ...state } = health;
    return JSON.stringify({ cursor, lag, parked, state });
  };
  for (const id of ids) {
    await eventually("the same", async () => {
      const [one, other] = [await shown(api, id), await shown(holder, id)];
      const isAtRest = other.includes(`"lag":0`) || other.includes(`"state":"open"`);
      return isAtRest && one === other;
    });
  }
  assert.match(await shown(api, ids[1] as string), /"state":"open"/);
  const states = async ({ ask }: TestServer): Promise<string> => {
    const { deliveries } = (await ask("GET /v1/events/e0")).body;
    return JSON.stringify(deliveries);
  };
  await eventually("states, too", async () => (await states(api)) === (await states(holder)));
  assert.match(await states(api), /"state":"delivered".*"state":"retrying"/);
  await api.ask("POST /v1/events", { body: anEvent({ id: "late" }) });
  await eventually("what a lane has not come to is pending", async () => {
    const { deliveries } = (await api.ask("GET /v1/events/late")).body;
    return JSON.stringify(deliveries.map(({ state }: { state: string }) => state).sort()) === '["delivered","pending"]';
  });
});

it("what failed is recovered at all endpoints, whoever runs them, by one request", async (context) => {
  const { cluster, api, holder, ids } = await aPair(context, ["1", "2", "3", "4", "5", "6", "7", "8"]);
  for (const index of ids.keys()) cluster.statuses.set(`/${index + 1}`, 500);
  await api.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  await eventually("all have failed", () => cluster.sent.length === ids.length);
  const other = await cluster.start();
  await eventually("they share", () => runningAt(holder.app) === 4 && runningAt(other.app) === 4, 15_000);
  cluster.statuses.clear();
  for (const server of [api, holder, other]) {
    const { status, body } = await server.ask("POST /v1/recover", { body: { since: "earliest", dry_run: true } });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual(body.data.map((replay: { endpoint_id: string }) => replay.endpoint_id).sort(), ids.toSorted());
  }
  await api.ask("POST /v1/recover", { body: { since: "earliest" } });
  await eventually("all were sent again", () => cluster.sent.length === 2 * ids.length);
  const replays = async ({ ask }: TestServer): Promise<string> => (await ask("GET /v1/replays?limit=1000")).text;
  await eventually("all know of the progress of all", async () => {
    const [one, two, three] = [await replays(api), await replays(holder), await replays(other)];
    return (
      one === two && two === three && JSON.parse(one).data.every((each: { matched: number }) => each.matched === 1)
    );
  });
});
