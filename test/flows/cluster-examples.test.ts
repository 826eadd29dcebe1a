/** The examples of `docs/cluster.md`: each process that it starts, at once on one database, and what is said of them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { clusterText } from "../../src/cli/cluster-text.ts";
import type { ClusterProcess } from "../../src/sdk/wire.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { shell, trotline } from "./cli-run.ts";

const page = await readFile(new URL("../../docs/cluster.md", import.meta.url), "utf8");
const commands = [...page.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = ""]) =>
  block.split("\n").filter(Boolean),
);
const expected = "api 0; api,deliver,receive 32; deliver 32; receive 0";
const adminKey = "trot_key_of_the_operator_of_all";

it("the processes that docs/cluster.md starts share one database, and the command shows them", async (context) => {
  const postgres = await startPostgres({ isDurable: true });
  context.after(() => postgres.remove());
  const serving = commands.filter((command) => command.startsWith("trotline serve"));
  assert.equal(serving.length, 4);
  const env = { TROTLINE_STORE: postgres.url(), TROTLINE_ADMIN_KEY: adminKey };
  const started = serving.map((command) => {
    // On loopback, and at a port that is free.
    const line = command.replace("--host 0.0.0.0 ", "").replace(/--port \d+/, "--port 0");
    return { line, run: trotline(context, line.split(" ").slice(1), { env }) };
  });
  const urls = await Promise.all(
    started.map(({ run, line }) =>
      eventually(
        line,
        () => {
          assert.equal(run.process.exitCode, null, run.errors());
          return /listens on (\S+)/.exec(run.output())?.[1];
        },
        30_000,
      ),
    ),
  );
  const [whole = "", , receives = ""] = urls;
  const server = { url: whole, key: adminKey };
  await eventually(
    "two of them share what is to be delivered",
    async () => {
      const response = await fetch(`${whole}/v1/cluster`, { headers: { authorization: `Bearer ${adminKey}` } });
      const { processes } = (await response.json()) as { processes: ClusterProcess[] };
      return (
        processes
          .map(({ roles, shards }) => `${roles} ${shards}`)
          .sort()
          .join("; ") === expected
      );
    },
    30_000,
  );
  assert.equal((await fetch(`${receives}/v1/cluster`)).status, 404);
  const asking = commands.filter((command) => command.startsWith("trotline cluster"));
  assert.equal(asking.length, 2);
  const asked = shell(context, `set -e\n${asking.join("\n")}`, { server });
  assert.equal(await asked.ended, 0, asked.errors());
  assert.deepEqual(
    asked.lines().map(({ processes }) => processes.length),
    [4, 4],
  );
});

it("the table of docs/cluster.md is what the command prints", () => {
  const about = { dispatched_position: 100, lag_events: 0 };
  const job = { ...about, roles: ["deliver"], shards: 32 } as const;
  const processes: ClusterProcess[] = [
    {
      ...{ ...about, id: "prc_01kg9x2b0wz3", name: "web-1/4711", roles: ["api", "receive"], shards: 0 },
      ...{ started_at: "2026-01-31T12:00:00.000Z", silent_ms: 1200 },
    },
    { ...job, id: "prc_01kg9x2e5f8q", name: "job-1/812", started_at: "2026-01-31T12:00:03.000Z", silent_ms: 400 },
    {
      ...{ ...job, id: "prc_01kg9x2f1m6t", name: "job-2/797", lag_events: 3 },
      ...{ started_at: "2026-01-31T12:00:04.000Z", silent_ms: 7900 },
    },
  ];
  const free = { shards: 0, dispatched_position: null, lag_events: 0 };
  const oldest = { position: 98, accepted_at: "2026-01-31T12:10:00.000Z", age_ms: 700 };
  const { title, rows, sentences } = clusterText(
    { answered_by: "prc_1", lease_ms: 10_000, head_position: 100, processes, free, oldest_undispatched: oldest },
    { width: 100, before: [] },
  );
  assert.ok(
    page.includes(`\`\`\`\n${title}\n${rows}\n${sentences.join("\n")}\n\`\`\``),
    `${title}\n${rows}\n${sentences}`,
  );
});
