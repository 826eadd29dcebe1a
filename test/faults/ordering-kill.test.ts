/**
 * `kill -9` of a server whose endpoints are ordered, again and again: of one key nothing is sent before what is before it
 * was taken, also across deaths, and nothing acknowledged is lost, of what was held no more than of the rest.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 12);
const keys = ["a", "b", "c", "stuck"];

/** What one endpoint got: ids are `<key>-<number>`, and numbers ascend in the log. */
class Book {
  readonly taken = new Set<string>();
  readonly #highest = new Map<string, number>();
  readonly violations: string[] = [];
  refuses = (_key: string, _attempt: number): boolean => false;
  readonly #attempts = new Map<string, number>();

  /** The first of a key that was ever sent. */
  firstOf(key: string): string {
    const numbers = [...this.#attempts.keys()].filter((id) => id.startsWith(`${key}-`)).map((id) => id.split("-")[1]);
    return `${key}-${Math.min(...numbers.map(Number))}`;
  }

  /** Answers the status. `line` is what is one after the other: a key, or all. */
  received(id: string, lineOf: (key: string) => string): number {
    const [key = "", number = ""] = id.split("-");
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    if (this.refuses(key, attempt)) {
      this.#started(lineOf(key), Number(number));
      return 500;
    }
    const highest = this.#started(lineOf(key), Number(number));
    // Taken for the first time, and something behind it was sent before.
    if (!this.taken.has(id) && highest > Number(number)) this.violations.push(`${id} after ${highest}`);
    this.taken.add(id);
    return 200;
  }

  #started(line: string, number: number): number {
    const highest = Math.max(this.#highest.get(line) ?? 0, number);
    this.#highest.set(line, highest);
    return highest;
  }
}

const answering = (receiver: TestReceiver, book: Book, lineOf: (key: string) => string): void =>
  receiver.answer(({ headers }) => book.received(String(headers["webhook-id"]), lineOf));

describe("kill -9 of ordered endpoints", () => {
  it(`keeps the order and loses nothing in ${cycles} cycles`, async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-order-"));
    const receivers = [await startTestReceiver(), await startTestReceiver()] as const;
    const [byKey, strict] = [new Book(), new Book()];
    byKey.refuses = (key, attempt) => key === "stuck" || (attempt === 1 && key === "b");
    strict.refuses = (key, attempt) => attempt === 1 && key === "b";
    answering(receivers[0], byKey, (key) => key);
    answering(receivers[1], strict, () => "all");
    const acknowledged = new Set<string>();
    let number = 0;
    const publishUntilDead = async (server: ServerProcess): Promise<void> => {
      for (;;) {
        const events = Array.from({ length: 8 }, () => {
          number += 1;
          const key = keys[number % keys.length] as string;
          return { id: `${key}-${number}`, type: "order.test", subject: key, data: number };
        });
        try {
          const { status } = await server.call("POST", "/v1/events", events);
          if (status === 201) for (const { id } of events) acknowledged.add(id);
        } catch {
          return; // The process is dead: these may be stored or not, and were not acknowledged.
        }
      }
    };
    try {
      let server = await startServerProcess(folder);
      const settings = { retry_delays_ms: Array.from({ length: 50 }, () => 20), max_in_flight: 16 };
      for (const [index, ordering] of ["key", "strict"].entries()) {
        const body = { url: receivers[index]?.url, ordering, on_exhausted: "block", ...settings };
        assert.equal((await server.call("POST", "/v1/endpoints", body)).status, 201);
      }
      for (let cycle = 0; cycle < cycles; cycle++) {
        const publisher = publishUntilDead(server);
        await new Promise((resolve) => setTimeout(resolve, 30 + ((cycle * 37) % 150)));
        await server.kill();
        await publisher;
        server = await startServerProcess(folder);
      }
      byKey.refuses = (key, attempt) => attempt === 1 && key === "b";
      await retryBlocked(server, byKey.firstOf("stuck"));
      const missing = (): string[] => [...acknowledged].filter((id) => !byKey.taken.has(id) || !strict.taken.has(id));
      await eventually("everything is delivered", () => missing().length === 0, 120_000).catch(() => {});
      assert.deepEqual(missing().slice(0, 10), [], "acknowledged events were lost");
      assert.deepEqual([byKey.violations, strict.violations], [[], []]);
      assert.ok(acknowledged.size > cycles * 8, `only ${acknowledged.size} events were acknowledged`);
      test.diagnostic(`${acknowledged.size} acknowledged, in order at both, in ${cycles} kills`);
      assert.equal(await server.stop(), 0);
    } finally {
      for (const receiver of receivers) await receiver.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** The first of the key that was never taken may have used up its retries: a person sends it, and it is taken. */
async function retryBlocked(server: ServerProcess, first: string): Promise<void> {
  const event = (await server.call("GET", `/v1/events/${first}`)).json as {
    deliveries: { endpoint_id: string; state: string }[];
  };
  for (const { endpoint_id, state } of event.deliveries) {
    if (state !== "blocked" && state !== "retrying") continue;
    await server.call("POST", `/v1/endpoints/${endpoint_id}/deliveries/${first}/retry`, {});
  }
}
