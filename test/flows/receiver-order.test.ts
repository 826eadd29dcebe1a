/** The receiver kit keeps events of one key in order, and lets those of others pass. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { OrderBy } from "../../src/receiver.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReceiver } from "./a-receiver.ts";
import { deliver, sourceSecret } from "./a-source.ts";

const github = { scheme: "github", secret: sourceSecret } as const;

it("keeps the order of each key while one of them fails, and hurries no other", async (context) => {
  const handled: string[] = [];
  let failures = 0;
  let isBroken = true;
  const { url } = await aReceiver(context, {
    orderBy: "body:repository.id",
    retryDelaysMs: Array.from({ length: 50 }, () => 5),
    handle: ({ data, deliveryId }) => {
      if (data.repository.id === 1 && isBroken) {
        failures += 1;
        throw new Error("not now");
      }
      handled.push(deliveryId ?? "");
    },
  });
  for (let n = 1; n <= 4; n++) {
    for (const repository of [1, 2, 3]) {
      const body = JSON.stringify({ repository: { id: repository }, n });
      assert.equal((await deliver(url, { id: `${repository}-${n}`, body })).status, 200);
    }
  }
  await eventually("the others are handled", () => handled.length === 8);
  await eventually("it is tried again", () => failures >= 3);
  const ofKey = (key: number) => handled.filter((id) => id.startsWith(`${key}-`));
  assert.deepEqual(ofKey(1), []);
  isBroken = false;
  await eventually("all are handled", () => handled.length === 12);
  for (const key of [1, 2, 3])
    assert.deepEqual(
      ofKey(key),
      [1, 2, 3, 4].map((n) => `${key}-${n}`),
    );
});

it("goes on behind an event that used up its retries, or waits for a person, as it is told", async (context) => {
  for (const onExhausted of ["park", "block"] as const) {
    const handled: string[] = [];
    let isBroken = true;
    const receiver = await aReceiver(context, {
      orderBy: () => "all",
      onExhausted,
      retryDelaysMs: [],
      handle: ({ deliveryId }) => {
        if (deliveryId === "first" && isBroken) throw new Error("never");
        handled.push(deliveryId ?? "");
      },
    });
    await deliver(receiver.url, { id: "first" });
    await deliver(receiver.url, { id: "second" });
    const [letter] = await eventually("a dead letter", async () => {
      const letters = await receiver.deadLetters();
      return letters.length === 1 && letters;
    });
    isBroken = false;
    if (onExhausted === "park") await eventually("it goes on", () => handled.length === 1);
    assert.equal((await receiver.retry(letter?.event.id ?? "")).handled, true);
    await eventually("both are handled", () => handled.length === 2);
    assert.deepEqual(handled, onExhausted === "park" ? ["second", "first"] : ["first", "second"]);
  }
});

const long = "x".repeat(1000);
const keys: readonly [what: string, orderBy: OrderBy | undefined, key: string | null | RegExp][] = [
  ["nothing", undefined, null],
  ["a member of the body", "body:repository.id", "12345678901234567890"],
  ["a header", "header:X-GitHub-Event", "push"],
  ["the query", "query:team", "a b"],
  ["what is not there", "body:no.such", null],
  [
    "a function",
    ({ data, headers, type }) => `${data.name} ${headers["x-github-event"]} ${type}`,
    "é push github.push",
  ],
  ["a number", () => 7, "7"],
  ["nothing of it", () => undefined, null],
  ["a text that is too long to be kept", () => long, /^[0-9a-f]{64}$/],
  ["what throws", ({ data }) => data.no.such, null],
  ["a promise, which is no key", (async () => "one") as never, null],
  ["an object, which is no key", (() => ({})) as never, null],
];

for (const [what, orderBy, key] of keys) {
  it(`orders by ${what}`, async (context) => {
    const seen: (string | null)[] = [];
    const { url } = await aReceiver(context, { orderBy, handle: (event) => void seen.push(event.key) });
    const body = '{"repository":{"id":12345678901234567890},"name":"é"}';
    assert.equal((await deliver(`${url}?team=a+b`, { body })).status, 200);
    await eventually("it is handled", () => seen.length === 1);
    if (key instanceof RegExp) assert.match(seen[0] ?? "", key);
    else assert.equal(seen[0], key);
  });
}

it("orders each source as that says, and the fields of forms as members of a body", async (context) => {
  const seen = new Map<string, string | null>();
  const { url } = await aReceiver(context, {
    sources: {
      github: { ...github, orderBy: "header:x-github-delivery" },
      form: { scheme: "unverified", orderBy: "form:shop" },
      plain: { scheme: "unverified" },
    },
    orderBy: "body:id",
    handle: ({ source, key }) => void seen.set(source, key),
  });
  const at = (source: string) => url.replace("/github", `/${source}`);
  await deliver(url, { id: "d-9", body: '{"id":1}' });
  await deliver(at("plain"), { body: '{"id":1}' });
  const type = { "content-type": "application/x-www-form-urlencoded" };
  await deliver(at("form"), { body: "id=1&shop=s%201", headers: type });
  await eventually("all are handled", () => seen.size === 3);
  assert.deepEqual(Object.fromEntries(seen), { github: "d-9", plain: "1", form: "s 1" });
});
