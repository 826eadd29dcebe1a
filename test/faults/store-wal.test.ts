import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, append } from "../conformance/builders.ts";
import { inFolder, withSqlite } from "../conformance/store-kinds.ts";

const mebibyte = 1024 * 1024;

test(
  "the write-ahead log stays bounded under a steady load, and is emptied when it is quiet",
  { timeout: 120_000 },
  () =>
    inFolder((folder) =>
      withSqlite(folder, {}, async (store) => {
        const walBytes = async (): Promise<number> => (await stat(join(folder, "trotline.db-wal"))).size;
        const data = "x".repeat(250_000);
        let largest = 0;
        await Promise.all(
          [1, 2].map(async () => {
            for (let i = 0; i < 200; i++) {
              await append(store, anEvent({ data }), anEvent({ data }));
              largest = Math.max(largest, await walBytes());
            }
          }),
        );
        assert.ok(largest < 128 * mebibyte, `it grew to ${Math.round(largest / mebibyte)} MiB of 191 MiB written`);
        await eventually("the write-ahead log is empty", async () => (await walBytes()) === 0);
      }),
    ),
);
