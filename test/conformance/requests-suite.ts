import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import type { RequestStore } from "../../src/log/request-store.ts";
import { type SharedStoreKind, type Subject, withStore } from "./store-kinds.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const odd = bytes(0, 255, 10, 92, 34, 200);

const about = { tenant: "t", endpoint: "ep_1" };
const asked = (id: string, shard = 1) => ({ id, from: "prc_a", shard, ...about, content: bytes(shard) });
const by = (processId: string, shards: readonly number[] = [1], limit = 10) => {
  return { processId, shards, limit, full: { tenants: [], endpoints: [] } };
};
const ids = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id).sort();

/** What `RequestStore` promises. */
export function requestsSuite(kind: SharedStoreKind): void {
  describe(`requests between processes, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: (requests: RequestStore, subject: Subject) => Promise<void>): void => {
      test(sentence, () =>
        withStore(kind, async (subject) => {
          const { requests } = subject.store;
          assert.ok(requests);
          await work(requests, subject);
        }),
      );
    };

    promise("what is asked is taken by who runs the shard, and its answer is read once", async (requests) => {
      await requests.ask({ ...asked("req_1"), content: odd });
      assert.deepEqual(await requests.take(by("prc_b", [2, 3])), []);
      const [taken, ...others] = await requests.take(by("prc_b", [1, 2]));
      assert.deepEqual([taken?.id, Buffer.from(taken?.content ?? []), others], ["req_1", Buffer.from(odd), []]);
      assert.ok((taken?.remainingMs ?? 0) > 0 && (taken?.remainingMs ?? 0) <= limits.requestHeldMs);
      assert.deepEqual(await requests.ended("prc_a"), []);
      await requests.answer("req_1", "prc_b", odd);
      assert.deepEqual(await requests.ended("prc_c"), []);
      const [end] = await requests.ended("prc_a");
      assert.ok(end?.outcome === "answered");
      assert.deepEqual([end.id, Buffer.from(end.content)], ["req_1", Buffer.from(odd)]);
      assert.deepEqual(await requests.ended("prc_a"), []);
    });

    promise("none is taken by two, though they ask at once, and the oldest go first", async (requests) => {
      for (let number = 10; number < 40; number++) await requests.ask(asked(`req_${number}`));
      assert.deepEqual(ids(await requests.take(by("prc_b", [1], 2))), ["req_10", "req_11"]);
      const pages = await Promise.all(
        ["prc_b", "prc_c", "prc_d", "prc_e"].map((processId) => requests.take(by(processId, [1], 20))),
      );
      const taken = ids(pages.flat());
      assert.deepEqual(taken, [...new Set(taken)]);
      const rest = ids(await requests.take(by("prc_f")));
      assert.equal(taken.length + rest.length, 28);
    });

    promise("none is taken of a tenant or an endpoint that has its share", async (requests) => {
      await requests.ask(asked("req_1"));
      await requests.ask({ ...asked("req_2"), endpoint: "ep_2" });
      await requests.ask({ ...asked("req_3"), tenant: "u", endpoint: "ep_3" });
      const full = { tenants: ["t"], endpoints: ["ep_4"] };
      const [third, ...others] = await requests.take({ ...by("prc_b"), full });
      assert.deepEqual([third?.id, third?.tenant, third?.endpoint, others], ["req_3", "u", "ep_3", []]);
      assert.deepEqual(ids(await requests.take({ ...by("prc_b"), full: { tenants: [], endpoints: ["ep_1"] } })), [
        "req_2",
      ]);
      assert.deepEqual(ids(await requests.take(by("prc_b"))), ["req_1"]);
    });

    promise("what is put back is another's to take, and who gave it back has no say any more", async (requests) => {
      await requests.ask(asked("req_1"));
      await requests.take(by("prc_b"));
      await requests.putBack("req_1", "prc_c");
      assert.deepEqual(await requests.take(by("prc_c")), [], "it was not its own");
      await requests.putBack("req_1", "prc_b");
      assert.deepEqual(ids(await requests.take(by("prc_c"))), ["req_1"]);
      await requests.answer("req_1", "prc_b", odd);
      assert.deepEqual(await requests.ended("prc_a"), []);
      await requests.answer("req_1", "prc_c", bytes());
      assert.deepEqual(ids(await requests.ended("prc_a")), ["req_1"]);
    });

    promise("what nobody took in time ends, and is taken by nobody after that", async (requests, subject) => {
      await requests.ask(asked("req_1"));
      await requests.ask(asked("req_2"));
      await kind.lapse(subject);
      assert.deepEqual(await requests.take(by("prc_b")), []);
      const ends = await requests.ended("prc_a");
      assert.deepEqual(
        [ids(ends), ends.map(({ outcome }) => outcome)],
        [
          ["req_1", "req_2"],
          ["untaken", "untaken"],
        ],
      );
      assert.deepEqual(await requests.take(by("prc_b")), []);
    });

    promise("one whose taker falls silent is lost, and one that is worked on is not", async (requests, subject) => {
      await requests.ask(asked("req_1"));
      await requests.ask(asked("req_2"));
      await requests.take(by("prc_b"));
      await kind.lapse(subject);
      await requests.renew(["req_2"], "prc_b");
      assert.deepEqual(await requests.ended("prc_a"), [{ id: "req_1", outcome: "lost" }]);
      await requests.answer("req_1", "prc_b", odd);
      assert.deepEqual(await requests.ended("prc_a"), [], "it comes too late");
      await requests.answer("req_2", "prc_b", odd);
      assert.deepEqual(ids(await requests.ended("prc_a")), ["req_2"]);
    });

    promise("nothing goes on for ever, and what dead processes asked is cleared away", async (requests, subject) => {
      await requests.ask(asked("req_1"));
      await requests.ask({ ...asked("req_2"), from: "prc_dead" });
      await requests.take(by("prc_b"));
      const lapses = Math.ceil((limits.requestAnsweredWithinMs + limits.requestHeldMs) / limits.shardLeaseMs);
      for (let count = 0; count < lapses; count++) await kind.lapse(subject);
      await requests.renew(["req_1"], "prc_b");
      assert.deepEqual(await requests.ended("prc_a"), [{ id: "req_1", outcome: "lost" }]);
      assert.deepEqual(await requests.ended("prc_dead"), []);
    });
  });
}
