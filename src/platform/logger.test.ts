import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogLevel, systemLogger } from "./logger.ts";

function aLogger(options: { level?: LogLevel; format?: "json" | "pretty" } = {}) {
  const lines: string[] = [];
  const logger = systemLogger({
    level: options.level ?? "debug",
    format: options.format ?? "json",
    destination: { write: (line) => lines.push(line) },
  });
  return { logger, lines };
}

test("a line is one JSON object with the level, the time, the facts and the sentence", () => {
  const { logger, lines } = aLogger();
  logger.warn({ endpoint: "ep_1", count: 3 }, "An endpoint was disabled.");
  assert.equal(lines.length, 1);
  assert.ok(lines[0]!.endsWith("\n"));
  const { time, ...rest } = JSON.parse(lines[0]!);
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 5000);
  assert.deepEqual(rest, { level: "warn", endpoint: "ep_1", count: 3, message: "An endpoint was disabled." });
});

test("lines below the level are not written", () => {
  const { logger, lines } = aLogger({ level: "warn" });
  logger.debug({}, "no");
  logger.info({}, "no");
  logger.warn({}, "yes");
  logger.error({}, "yes");
  assert.equal(lines.length, 2);
  const silent = aLogger({ level: "silent" });
  silent.logger.error({}, "no");
  assert.equal(silent.lines.length, 0);
});

test("members named like secrets are censored at any depth, and others pass", () => {
  const { logger, lines } = aLogger();
  const hidden = "do-not-show";
  logger.info(
    {
      secret: hidden,
      secrets: [hidden],
      key: hidden,
      apiKey: hidden,
      options: { headers: { Authorization: hidden, "set-cookie": [hidden] }, list: [{ password: hidden }] },
      keyId: "key_1",
      idempotencyKey: "abc",
      none: null,
    },
    "Facts.",
  );
  assert.ok(!lines[0]!.includes(hidden), lines[0]);
  const { keyId, idempotencyKey, none } = JSON.parse(lines[0]!);
  assert.deepEqual({ keyId, idempotencyKey, none }, { keyId: "key_1", idempotencyKey: "abc", none: null });
});

test("a webhook secret or bearer key within a text is censored wherever it stands", () => {
  const { logger, lines } = aLogger();
  const error = new Error("cannot use whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
  logger.error({ err: error, url: "http://x/?h=Bearer abcdefgh12345678" }, "Secret whsec_C2FVsBQIhrscChlQIMV+b5sS");
  assert.ok(!lines[0]!.includes("C2FVsB") && !lines[0]!.includes("abcdefgh"), lines[0]);
  assert.ok(lines[0]!.includes("cannot use [redacted]"));
});

test("facts that turn in a circle, bytes and errors with a cause are written", () => {
  const { logger, lines } = aLogger();
  const circle: Record<string, unknown> = { bytes: new Uint8Array(5000) };
  circle.self = circle;
  logger.info(circle, "Circle.");
  logger.error({ error: new Error("outer", { cause: new Error("inner") }) }, "Failed.");
  assert.ok(lines[0]!.length < 1000);
  assert.equal(JSON.parse(lines[0]!).bytes, "[5000 bytes]");
  assert.match(JSON.parse(lines[1]!).error.stack, /outer[\s\S]*inner/);
});

test("the form for people is one line for each entry, which no text can forge", () => {
  const { logger, lines } = aLogger({ format: "pretty" });
  logger.info({ endpoint: "ep_1", total: { a: 1 } }, "Ready.");
  logger.warn({ answer: "x\n12:00:00.000 ERROR forged \u001b[31m" }, "Odd\r\nanswer.");
  logger.error({ err: new Error("broken") }, "Failed.");
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d\.\d{3} INFO {2}Ready\. endpoint=ep_1 total=\{"a":1\}\n$/);
  assert.equal(lines[1]!.split("\n").length, 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  assert.doesNotMatch(lines[1]!, /[\u0000-\u0009\u000b-\u001f]/);
  assert.match(lines[2]!, /ERROR Failed\.\n {4}Error: broken\n {8}at /);
});
