/**
 * `kill -9` while webhooks come in, again and again: what was answered 2xx is there, what comes again because the
 * answer was lost is stored once, and copies are counted.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { githubHeaders, sourceSecret } from "../flows/a-source.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 20);

/** A provider: each delivery until it is answered 2xx, as the same bytes with the same id. */
class Provider {
  readonly acknowledged = new Set<string>();
  readonly pending = new Map<string, string>();
  /** Sent so often. */
  readonly sent = new Map<string, number>();
  #made = 0;

  async sendUntilDead({ url }: ServerProcess): Promise<void> {
    for (;;) {
      const [id, body] = this.#next();
      this.sent.set(id, (this.sent.get(id) ?? 0) + 1);
      try {
        const response = await fetch(`${url}/in/gh`, { method: "POST", body, headers: githubHeaders({ id, body }) });
        await response.text();
        assert.ok(response.status === 200 || response.status === 503, `${response.status}`);
        if (response.status === 200) {
          this.acknowledged.add(id);
          this.pending.delete(id);
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return; // The process is dead: it is sent again.
      }
    }
  }

  #next(): [id: string, body: string] {
    const [oldest] = this.pending;
    if (oldest !== undefined && this.pending.size > 4) return oldest;
    const id = `d${this.#made++}`;
    const body = JSON.stringify({ id, padding: "x".repeat((this.#made * 997) % 5000) });
    this.pending.set(id, body);
    return [id, body];
  }
}

interface Shown {
  readonly data: readonly { readonly id: string; readonly cursor: string; readonly data: { readonly id: string } }[];
  readonly next_cursor: string;
  readonly has_more: boolean;
}

async function everyEvent(server: ServerProcess): Promise<Shown["data"][number][]> {
  const events: Shown["data"][number][] = [];
  for (let after = "earliest"; ; ) {
    const page = (await server.call("GET", `/v1/events?types=gh.*&limit=1000&after=${after}`)).json as Shown;
    events.push(...page.data);
    if (!page.has_more) return events;
    after = page.next_cursor;
  }
}

describe("kill -9 while webhooks come in", () => {
  it(`loses none that was answered 2xx, and stores none twice, in ${cycles} cycles`, async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-receiving-kill-"));
    const provider = new Provider();
    try {
      let server = await startServerProcess(folder);
      const source = { name: "gh", scheme: { preset: "github" }, secret: sourceSecret };
      assert.equal((await server.call("POST", "/v1/sources", source)).status, 201);
      for (let cycle = 0; cycle < cycles; cycle++) {
        const senders = [1, 2, 3].map(() => provider.sendUntilDead(server));
        await new Promise((resolve) => setTimeout(resolve, 20 + ((cycle * 37) % 150)));
        await server.kill();
        await Promise.all(senders);
        server = await startServerProcess(folder);
      }
      const events = await everyEvent(server);
      const stored = new Set(events.map(({ data }) => data.id));
      assert.equal(stored.size, events.length, "none is stored twice");
      assert.deepEqual(
        [...provider.acknowledged].filter((id) => !stored.has(id)),
        [],
        "2xx and not stored",
      );
      assert.ok(provider.acknowledged.size > cycles, `only ${provider.acknowledged.size} were acknowledged`);
      const copies = await countCopies(server, events, provider);
      test.diagnostic(`${provider.acknowledged.size} acknowledged, ${events.length} stored, ${copies} copies counted`);
      assert.equal(await server.stop(), 0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** No event has more copies than it was sent again; one that is sent once more now has one more. */
async function countCopies(
  server: ServerProcess,
  events: readonly Shown["data"][number][],
  provider: Provider,
): Promise<number> {
  const copiesOf = async (id: string): Promise<number> => {
    const { json } = await server.call("GET", `/v1/events/${id}`);
    return (json as { duplicates: { count: number } }).duplicates.count;
  };
  let total = 0;
  for (const { id, data } of events) {
    if ((provider.sent.get(data.id) ?? 0) < 2) continue;
    const copies = await copiesOf(id);
    total += copies;
    assert.ok(copies < (provider.sent.get(data.id) ?? 0), `${data.id} has ${copies} copies`);
  }
  const [last] = events.slice(-1);
  assert.ok(last !== undefined);
  const before = await copiesOf(last.id);
  const body = JSON.stringify(last.data);
  await fetch(`${server.url}/in/gh`, { method: "POST", body, headers: githubHeaders({ id: last.data.id, body }) });
  assert.equal(await copiesOf(last.id), before + 1);
  return total + 1;
}
