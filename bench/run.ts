/**
 * The bench: `npm run bench -- [name…] [--json] [--quick] [--lean-receiver] [--profile FOLDER]`.
 *
 * Every figure is a ratio of two programs measured in turn on the same machine in the same run, because a figure alone
 * says more about the machine than about the program. Server, receiver, load generator and baselines are processes of
 * their own. A table for people on stdout; with `--json` one line for each figure:
 * `{"name","value","baseline","ratio","unit"}`. Progress goes to stderr.
 */
import { parseArgs } from "node:util";
import { figure as backlog } from "./backlog.ts";
import { figure as commands } from "./commands.ts";
import { figure as endToEnd } from "./end_to_end.ts";
import { figure as fanOut } from "./fan_out.ts";
import { figure as feedPages } from "./feed_pages.ts";
import { type Bench, type Figure, type Line, type Measured, rounded } from "./figure.ts";
import { type FilledLog, fillLog } from "./filled-log.ts";
import { figure as idleEndpoints } from "./idle_endpoints.ts";
import { figure as idleMb } from "./idle_mb.ts";
import { figure as idlePollKb } from "./idle_poll_kb.ts";
import { figure as inbound } from "./inbound.ts";
import { figure as inboundOverload } from "./inbound_overload.ts";
import { figure as isolationP99Ms } from "./isolation_p99_ms.ts";
import { figure as orderedLanes } from "./ordered_lanes.ts";
import { figure as pgAppendLineMs } from "./pg_append_line_ms.ts";
import { figure as pgBoss } from "./pg_boss.ts";
import { figure as pgDeliverProcesses } from "./pg_deliver_processes.ts";
import { figure as pgEndToEnd } from "./pg_end_to_end.ts";
import { figure as pgFeedPages } from "./pg_feed_pages.ts";
import { figure as pgFeedProcesses } from "./pg_feed_processes.ts";
import { figure as pgGraphileWorker } from "./pg_graphile_worker.ts";
import { figure as pgIdleStatements } from "./pg_idle_statements.ts";
import { figure as pgLogGrowth } from "./pg_log_growth.ts";
import { figure as pgPublishBatch } from "./pg_publish_batch.ts";
import { figure as pgPublishProcesses } from "./pg_publish_processes.ts";
import { figure as pgStatements } from "./pg_statements.ts";
import { figure as publishBatch } from "./publish_batch.ts";
import { figure as publishSingle } from "./publish_single.ts";
import { figure as replayP99Ms } from "./replay_p99_ms.ts";
import { Resources } from "./resources.ts";
import { figure as startMs } from "./start_ms.ts";
import { figure as statistics } from "./statistics.ts";
import { figure as statsCost } from "./stats_cost.ts";
import { figure as wake10kMs } from "./wake_10k_ms.ts";
import { figure as wakeupP99Ms } from "./wakeup_p99_ms.ts";

/** In the order in which they run: `backlog` last of those that share the filled log, since it adds to it. */
const figures: readonly Figure[] = [
  endToEnd,
  publishSingle,
  publishBatch,
  inbound,
  inboundOverload,
  idleEndpoints,
  fanOut,
  orderedLanes,
  commands,
  isolationP99Ms,
  replayP99Ms,
  wakeupP99Ms,
  idlePollKb,
  wake10kMs,
  startMs,
  idleMb,
  feedPages,
  statistics,
  statsCost,
  backlog,
  pgEndToEnd,
  pgPublishBatch,
  pgFeedPages,
  pgStatements,
  pgPublishProcesses,
  pgDeliverProcesses,
  pgFeedProcesses,
  pgAppendLineMs,
  pgIdleStatements,
  pgLogGrowth,
  pgGraphileWorker,
  pgBoss,
];

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
    "lean-receiver": { type: "boolean", default: false },
  },
});
// `npm run bench NAME --json` without `--` gives the flag to npm, which hands it on like this.
const json = flags.json || process.env.npm_config_json === "true";

const unknown = names.filter((name) => !figures.some((figure) => figure.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no figure is called ${unknown.join(", ")}; there are ${figures.map((f) => f.name).join(", ")}\n`,
  );
  process.exit(2);
}

const resources = new Resources();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await resources.close();
    process.exit(130);
  });
}

let filled: Promise<FilledLog> | undefined;
const bench: Bench = {
  quick: flags.quick,
  receiver: flags["lean-receiver"] ? "sockets" : "http",
  nodeOptions: flags.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", flags.profile],
  filledLog() {
    filled ??= fillLog(bench, resources);
    return filled;
  },
  progress: (line) => void process.stderr.write(`${line}\n`),
};

try {
  const chosen = names.length === 0 ? figures : figures.filter((figure) => names.includes(figure.name));
  for (const figure of chosen) {
    const missing = figure.missing?.() ?? null;
    if (missing === null) report(figure, await resources.scope((inner) => figure.measure(bench, inner)));
    else if (names.length === 0) bench.progress(`${figure.name} is left out: ${missing}`);
    else throw new Error(missing);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
} finally {
  await resources.close();
}

function report(figure: Figure, measured: Measured | readonly Line[]): void {
  for (const line of "value" in measured ? [measured] : measured) reportLine({ ...figure, ...line }, line);
}

function reportLine(figure: Pick<Figure, "name" | "unit" | "what">, measured: Measured): void {
  const value = rounded(measured.value);
  const baseline = measured.baseline === null ? null : rounded(measured.baseline);
  const ratio = measured.baseline === null ? null : Number((measured.value / measured.baseline).toFixed(3));
  if (json) {
    process.stdout.write(`${JSON.stringify({ name: figure.name, value, baseline, ratio, unit: figure.unit })}\n`);
    for (const note of measured.notes) bench.progress(`${figure.name}: ${note}`);
    return;
  }
  const number = (amount: number | null) => (amount === null ? "–" : amount.toLocaleString("en")).padStart(10);
  const ratioText = (ratio === null ? "–" : ratio.toFixed(2)).padStart(6);
  const numbers = `${number(value)} ${number(baseline)} ${ratioText}`;
  process.stdout.write(`${figure.name.padEnd(24)}${numbers}  ${figure.unit.padEnd(13)} ${figure.what}\n`);
  for (const note of measured.notes) process.stdout.write(`${" ".repeat(54)}${note}\n`);
}
