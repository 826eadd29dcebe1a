/** Receipts on PostgreSQL: several processes write them, and a page reads no more than it shows. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { aReceipt, aSource } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { aProcess, rawSql } from "../postgres/a-configuring-process.ts";

test("several processes note, trim and remove receipts at once, and their bytes are counted right", async () => {
  const url = await aDatabase();
  const { sources } = aProcess(url);
  const numbers: number[] = [];
  for (const name of ["a", "b", "c", "d"]) numbers.push((await sources.create(aSource({ name }))).number);
  const work = numbers.map(async (own, process) => {
    const { sources: mine } = aProcess(url);
    for (let round = 0; round < 10; round++) {
      const receipts = numbers.flatMap((sourceNumber, index) => [
        aReceipt({ sourceNumber, request: new Uint8Array(index + round) }),
        aReceipt({ sourceNumber, receivedAtMs: 5, request: new Uint8Array(7) }),
      ]);
      await mine.note(round % 2 === 0 ? receipts : receipts.reverse());
      if (round % 3 === process % 3) await mine.trimReceipts({ olderThanMs: 10, rowsMax: 5 });
    }
    if (process === 0) await mine.remove(own);
  });
  await Promise.all(work);
  const [row] = await rawSql(url)`
    SELECT (SELECT total::integer FROM trotline.receipt_bytes) AS counted, sum(bytes)::integer AS summed,
      sum(length(request))::integer AS stored, count(*) FILTER (WHERE source = 1)::integer AS late
    FROM trotline.receipts`;
  assert.ok((row?.summed as number) > 0);
  assert.deepEqual([row?.counted, row?.stored, row?.late], [row?.summed, row?.summed, 0]);
});

test("a receipt whose texts PostgreSQL does not take is kept with what it takes", async () => {
  const { sources } = aProcess(await aDatabase());
  const { number } = await sources.create(aSource());
  const receipt = aReceipt({ sourceNumber: number, detail: "a\0b\ud800c", eventId: "\0" });
  await sources.note([receipt]);
  const kept = await sources.receipt(receipt.id);
  assert.deepEqual([kept?.detail, kept?.eventId], ["a\ufffdb\ufffdc", "\ufffd"]);
});

test("a page of receipts is read by the index of its source, also where that has few among many", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  await sql`INSERT INTO trotline.receipts
    SELECT 'rcp_' || lpad(number::text, 8, '0'), CASE WHEN number % 400 = 0 THEN 7 ELSE 8 END, 'rejected', NULL, NULL,
      NULL, 0, false, 0, ''
    FROM generate_series(1, 20000) AS number`;
  await sql`ANALYZE trotline.receipts`;
  for (const [name, more] of [
    ["receipts-page", []],
    ["receipts-page-of-outcome", ["rejected"]],
  ] as const) {
    const page = await readFile(new URL(`../../src/log/postgres/sql/${name}.sql`, import.meta.url), "utf8");
    const rows = await sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS) ${page}`, [7, "~", limits.receiptPageSize, ...more]);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    assert.match(plan, /Index Scan Backward using receipts_by_source .* rows=50/, plan);
    assert.doesNotMatch(plan, /Sort|Seq Scan|Removed by Filter/, plan);
  }
});
