/** `trotline recover`, and the flags of an endpoint's pace. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { numbered } from "./a-replay.ts";
import { aServer } from "./a-server.ts";
import { trotlineEnded } from "./cli-run.ts";

it("what failed is counted, and sent again: at one endpoint, or at all of a tenant", async (context) => {
  const server = await aServer(context);
  const { ask, app } = server;
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const run = async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, args, { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return lines();
  };
  receiver.answer(500);
  const made: string[] = [];
  for (const tenant of ["default", "acme", "acme"]) {
    const [{ id }] = await run("endpoints", "create", receiver.url, "--tenant", tenant, "--retry", "none");
    made.push(id);
  }
  for (const tenant of ["default", "acme"]) await ask("POST /v1/events", { body: numbered(3, () => ({ tenant })) });
  await eventually("all were tried", () => receiver.requests.length === 9);
  await app.dispatcher.journal.flushed();
  receiver.answer(200);
  const [first = "", ...others] = made;
  const [counted] = await run("recover", first, "--since", "earliest", "--dry-run");
  assert.deepEqual([counted.status, counted.matched, counted.only], ["counted", 3, "parked"]);
  const [one] = await run("recover", first, "--since", "e1", "--until", "e2");
  assert.deepEqual([one.status, one.delivered], ["completed", 1]);
  const all = await run("recover", "--since", "earliest", "--tenant", "acme");
  assert.deepEqual(all.map(({ endpoint_id }) => endpoint_id).toSorted(), others.toSorted());
  assert.deepEqual(
    all.map(({ status, delivered }) => [status, delivered]),
    [
      ["completed", 3],
      ["completed", 3],
    ],
  );
  assert.deepEqual(
    (await run("recover", "--since", "earliest", "--dry-run")).map(({ matched }) => matched),
    [2],
  );
  assert.deepEqual(await run("recover", "--since", "earliest", "--tenant", "nobody"), []);
});

it("`recover` asks for a place before it asks the server, and --tenant is not for one endpoint", async (context) => {
  for (const [args, why] of [
    [["recover", "ep_1"], /needs to know --since/],
    [["recover", "ep_1", "--since", ""], /--since is empty/],
    [["recover", "ep_1", "--since", "earliest", "--tenant", "acme"], /name no endpoint/],
    [["endpoints", "create", "https://example.com/", "--burst", "3"], /--burst is of a --rate/],
    [["endpoints", "create", "https://example.com/", "--rate", "0"], /--rate takes a number from 0.01 to 10000/],
    [["endpoints", "create", "https://example.com/", "--retry", "often"], /`default`, `quick`, `patient`, `none`/],
  ] as const) {
    const { code, errors } = await trotlineEnded(context, [...args]);
    assert.equal(code, 2, errors);
    assert.match(errors, why);
  }
});

it("rate, retries and statuses of an endpoint are set, and taken back", async (context) => {
  const server = await aServer(context);
  const run = async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, args, { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return lines()[0];
  };
  const settings = ["--rate", "0.5", "--burst", "4", "--retry", "quick", "--retry-jitter", "0.5"];
  const more = ["--retry-max-age-ms", "60000", "--success-statuses", "302,304"];
  const made = await run("endpoints", "create", "https://example.com/", ...settings, ...more);
  assert.deepEqual(
    [made.rate_limit, made.retry_delays_ms.length, made.retry_jitter, made.retry_max_age_ms, made.success_statuses],
    [{ per_second: 0.5, burst: 4 }, 5, 0.5, 60_000, [302, 304]],
  );
  const back = ["--rate", "none", "--retry-max-age-ms", "none", "--success-statuses", "", "--retry", "none"];
  const changed = await run("endpoints", "update", made.id, ...back);
  assert.deepEqual(
    [changed.rate_limit, changed.retry_delays_ms, changed.retry_max_age_ms, changed.success_statuses],
    [null, [], null, []],
  );
});
