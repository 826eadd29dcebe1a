/** Several events at a time: the order of subjects, what is acknowledged, and handlers that fail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ProcessOptions, Trotline, type TrotlineEvent } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aScriptedConsumer, type ScriptedConsumer } from "./sdk-scripted-consumer.ts";

/** Handlers that run until the test lets them end. */
class Handlers {
  readonly started: string[] = [];
  readonly running = new Map<string, { end(): void; fail(error: Error): void }>();
  readonly handle = (event: TrotlineEvent): Promise<void> => {
    assert.ok(!this.running.has(event.id), `${event.id} runs twice at once`);
    this.started.push(event.id);
    return new Promise((resolve, reject) => {
      const over = (): void => void this.running.delete(event.id);
      this.running.set(event.id, {
        end: () => {
          over();
          resolve();
        },
        fail: (error) => {
          over();
          reject(error);
        },
      });
    });
  };

  runs(...ids: string[]): Promise<unknown> {
    return eventually(`${ids} run`, () => [...this.running.keys()].sort().join() === ids.sort().join());
  }

  end(id: string): void {
    this.running.get(id)?.end();
  }
}

function start(
  consumer: ScriptedConsumer,
  options: ProcessOptions<unknown>,
  handler: (event: TrotlineEvent) => unknown,
) {
  const controller = new AbortController();
  const client = new Trotline({ url: consumer.server.url, retry: { firstDelayMs: 5, delayMsMax: 20 } });
  const ended = client.process("reader", { signal: controller.signal, ...options }, handler);
  ended.catch(() => {});
  return { ended, abort: () => controller.abort() };
}

async function withSubjects(context: Parameters<typeof aScriptedConsumer>[0], ...subjects: string[]) {
  const consumer = await aScriptedConsumer(context);
  for (const [index, subject] of subjects.entries()) {
    consumer.log.push({ id: `e${index + 1}`, ...(subject !== "" && { subject }) });
  }
  return consumer;
}

describe("processing with a concurrency", () => {
  it("runs as many handlers as it says, and acknowledges only what has nothing unfinished before it", async (context) => {
    const consumer = await aScriptedConsumer(context, 6);
    const handlers = new Handlers();
    const { ended, abort } = start(consumer, { concurrency: 3 }, handlers.handle);
    await handlers.runs("e1", "e2", "e3");
    handlers.end("e2");
    await handlers.runs("e1", "e3", "e4");
    handlers.end("e3");
    await handlers.runs("e1", "e4", "e5");
    assert.equal(consumer.position, 0);
    handlers.end("e1");
    await handlers.runs("e4", "e5", "e6");
    await eventually("three are acknowledged", () => consumer.position === 3);
    for (const id of ["e4", "e5", "e6"]) handlers.end(id);
    await eventually("all are acknowledged", () => consumer.position === 6);
    abort();
    await ended;
    assert.equal(consumer.lease, null);
  });

  it("keeps the order of each subject, and lets no subject hold back another", async (context) => {
    const consumer = await withSubjects(context, "a", "a", "b", "", "a", "b", "");
    const handlers = new Handlers();
    const { ended, abort } = start(consumer, { concurrency: 10 }, handlers.handle);
    await handlers.runs("e1", "e3", "e4", "e7");
    handlers.end("e1");
    await handlers.runs("e2", "e3", "e4", "e7");
    handlers.end("e2");
    handlers.end("e3");
    await handlers.runs("e4", "e5", "e6", "e7");
    for (const id of ["e4", "e5", "e6", "e7"]) handlers.end(id);
    await eventually("all are acknowledged", () => consumer.position === 7);
    abort();
    await ended;
  });

  it("is one event after another where it is not given", async (context) => {
    const consumer = await aScriptedConsumer(context, 3);
    const handlers = new Handlers();
    const { ended, abort } = start(consumer, {}, handlers.handle);
    for (const id of ["e1", "e2", "e3"]) {
      await handlers.runs(id);
      handlers.end(id);
    }
    await eventually("all are acknowledged", () => consumer.position === 3);
    abort();
    await ended;
  });

  it("holds a bounded number of events while the first of them does not end", async (context) => {
    const consumer = await aScriptedConsumer(context, 3000);
    const handled: string[] = [];
    const handlers = new Handlers();
    const { ended, abort } = start(consumer, { concurrency: 4, limit: 500 }, (event) => {
      handled.push(event.id);
      return event.id === "e1" ? handlers.handle(event) : undefined;
    });
    await eventually("the window is full", () => handled.length === 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(handled.length, 1000);
    assert.equal(consumer.position, 0);
    handlers.end("e1");
    await eventually("all are acknowledged", () => consumer.position === 3000);
    assert.equal(new Set(handled).size, 3000);
    abort();
    await ended;
  });

  it("refuses a concurrency that is none", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    for (const concurrency of [0, 1.5, -1, Number.NaN]) {
      await assert.rejects(start(consumer, { concurrency }, () => {}).ended, TypeError);
    }
    assert.equal(consumer.server.requests.length, 0);
  });
});

describe("when the signal is aborted", () => {
  it("no handler is begun, those that run end, and what they did is acknowledged", async (context) => {
    const consumer = await aScriptedConsumer(context, 10);
    const handlers = new Handlers();
    const { ended, abort } = start(consumer, { concurrency: 2 }, handlers.handle);
    await handlers.runs("e1", "e2");
    abort();
    handlers.end("e2");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.notEqual(consumer.lease, null, "the lease is kept while a handler runs");
    handlers.end("e1");
    await ended;
    assert.deepEqual(handlers.started, ["e1", "e2"]);
    assert.equal(consumer.position, 2);
    assert.equal(consumer.lease, null);
  });
});

describe("a handler that throws", () => {
  it("ends the processing: the others end, what came before it is acknowledged, and its error is thrown", async (context) => {
    const consumer = await aScriptedConsumer(context, 10);
    const handlers = new Handlers();
    const { ended } = start(consumer, { concurrency: 3 }, handlers.handle);
    await handlers.runs("e1", "e2", "e3");
    handlers.running.get("e2")?.fail(new Error("e2 is bad"));
    await handlers.runs("e1", "e3");
    handlers.end("e1");
    handlers.end("e3");
    await assert.rejects(ended, /e2 is bad/);
    assert.deepEqual(handlers.started, ["e1", "e2", "e3"]);
    assert.equal(consumer.position, 1);
    assert.equal(consumer.lease, null);
  });

  it("at once, and not in a promise, is no different", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    const { ended } = start(consumer, {}, () => {
      throw new Error("at once");
    });
    await assert.rejects(ended, /at once/);
    assert.equal(consumer.position, 0);
  });

  it("is passed over with `skip`: its event counts as done", async (context) => {
    const consumer = await aScriptedConsumer(context, 3);
    const seen: string[] = [];
    const { ended, abort } = start(consumer, { onError: "skip" }, (event) => {
      seen.push(event.id);
      if (event.id === "e2") throw new Error("bad");
    });
    await eventually("all are acknowledged", () => consumer.position === 3);
    assert.deepEqual(seen, ["e1", "e2", "e3"]);
    abort();
    await ended;
  });

  it("is called again with `retry`, while its subject waits and others go on", async (context) => {
    const consumer = await withSubjects(context, "a", "a", "b");
    const seen: string[] = [];
    const { ended, abort } = start(consumer, { concurrency: 2, onError: "retry" }, (event) => {
      seen.push(event.id);
      if (seen.filter((id) => id === "e1").length === 1 && event.id === "e1") throw new Error("not yet");
    });
    await eventually("all are acknowledged", () => consumer.position === 3);
    assert.deepEqual(seen, ["e1", "e3", "e1", "e2"]);
    abort();
    await ended;
  });

  it("can be judged by a function, which is told the attempt", async (context) => {
    const consumer = await aScriptedConsumer(context, 2);
    const judged: unknown[] = [];
    const { ended } = start(
      consumer,
      {
        onError: (error, event, attempt) => {
          judged.push([(error as Error).message, event.id, attempt]);
          if (event.id === "e2") return "stop";
          return attempt < 2 ? "retry" : "skip";
        },
      },
      (event) => {
        throw new Error(`no ${event.id}`);
      },
    );
    await assert.rejects(ended, /no e2/);
    assert.deepEqual(judged, [
      ["no e1", "e1", 1],
      ["no e1", "e1", 2],
      ["no e2", "e2", 1],
    ]);
    assert.equal(consumer.position, 1);
  });

  it("does not keep an aborted processing from ending, however often it is to be retried", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    let attempts = 0;
    const { ended, abort } = start(consumer, { onError: "retry" }, () => {
      attempts += 1;
      throw new Error("always");
    });
    await eventually("it was tried", () => attempts > 0);
    abort();
    await ended;
    assert.equal(consumer.position, 0);
  });

  it("in the function that judges ends the processing, too", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    const onError = (): never => {
      throw new Error("the judge is out");
    };
    const { ended } = start(consumer, { onError }, () => {
      throw new Error("bad");
    });
    await assert.rejects(ended, /the judge is out/);
  });
});

it("a handler that never ends does not keep others away for ever, though others go on beside it", async (context) => {
  const consumer = await aScriptedConsumer(context, 3);
  consumer.settings.lease_ms = 40;
  const handlers = new Handlers();
  const { ended, abort } = start(consumer, { concurrency: 2, processingMsMax: 300 }, (event) =>
    event.id === "e1" ? handlers.handle(event) : undefined,
  );
  context.after(() => {
    abort();
    handlers.end("e1");
  });
  await eventually("the lease is kept", () => consumer.asked("/ack").length > 0);
  await eventually("nothing is asked any more", async () => {
    consumer.log.push({ id: `e${consumer.log.length + 1}` }); // Ends at once, if it is read.
    const before = consumer.server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 700)); // Longer than the rest after an empty page.
    return consumer.server.requests.length === before;
  });
  handlers.end("e1");
  await eventually("all are acknowledged", () => consumer.position === consumer.log.length);
  abort();
  await ended;
});

it("what a lost lease handed out is begun again only when all that runs of it has ended", async (context) => {
  const consumer = await aScriptedConsumer(context, 4);
  const handlers = new Handlers();
  const { ended, abort } = start(consumer, { concurrency: 4 }, handlers.handle);
  await handlers.runs("e1", "e2", "e3", "e4");
  consumer.lease = null; // Whoever took it has given it back.
  handlers.end("e1"); // To be acknowledged: that is how the loss is met.
  await eventually("it is taken again", () => consumer.lease !== null);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(handlers.started.length, 4);
  for (const id of ["e2", "e3", "e4"]) handlers.end(id);
  await handlers.runs("e1", "e2", "e3", "e4");
  assert.equal(consumer.position, 0);
  for (const id of ["e1", "e2", "e3", "e4"]) handlers.end(id);
  await eventually("all are acknowledged", () => consumer.position === 4);
  abort();
  await ended;
});

it("what waits for a handler is not begun any more once its lease is known to be lost", async (context) => {
  const consumer = await aScriptedConsumer(context, 300);
  consumer.settings.lease_ms = 100;
  const handlers = new Handlers();
  const { ended, abort } = start(consumer, { limit: 200 }, handlers.handle);
  await handlers.runs("e1");
  await eventually("it is renewed", () => consumer.acknowledged.length > 0);
  consumer.lease = "lease_of_another";
  const renewals = consumer.acknowledged.length;
  await eventually("it is told of the loss", () => consumer.asked("/ack").length > renewals);
  await new Promise((resolve) => setTimeout(resolve, 50));
  consumer.lease = null;
  handlers.end("e1");
  await eventually("the next is begun", () => handlers.started.length === 2);
  assert.deepEqual(handlers.started, ["e1", "e1"]);
  abort();
  handlers.end("e1");
  await ended;
});

it("an error of the server ends the processing after the handlers that run", async (context) => {
  const consumer = await aScriptedConsumer(context, 2);
  consumer.interfere = ({ query }, response) => {
    if (query.get("after") === null) return false;
    response.writeHead(410).end(JSON.stringify({ code: "cursor-expired", detail: "Gone.", resume: "c9", lost: 7 }));
    return true;
  };
  const handlers = new Handlers();
  const { ended } = start(consumer, { concurrency: 2 }, handlers.handle);
  await handlers.runs("e1", "e2");
  await new Promise((resolve) => setTimeout(resolve, 20));
  handlers.end("e1");
  handlers.end("e2");
  await assert.rejects(ended, { name: "TrotlineCursorError", lost: 7, resume: "c9" });
  assert.equal(consumer.position, 2);
});
