import { type Command, Option } from "commander";
import type { StatisticsBucketLength, StatisticsGrouping } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { textFlag } from "../flags.ts";
import { jsonOf } from "../raw-json.ts";
import { inSession } from "../session.ts";
import { statsText } from "../stats-text.ts";

interface Flags extends ClientFlags {
  readonly tenant?: string;
  readonly endpoint?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bucket?: StatisticsBucketLength | "auto";
  readonly by?: StatisticsGrouping;
}

/** `trotline stats`: delay, count and success rate. */
export function statsCommand(): Command {
  const command = clientCommand("stats", {
    summary: "show delay, count and success rate of deliveries",
    example: "trotline stats --by endpoint --from 2026-01-31T00:00:00Z",
  })
    .addOption(textFlag("--tenant <tenant>", "only of this tenant"))
    .addOption(textFlag("--endpoint <id>", "only of this endpoint"))
    .addOption(textFlag("--type <type>", "only of this type of event"))
    .addOption(textFlag("--from <time>", "events accepted then or later (RFC 3339); a day before --to if absent"))
    .addOption(textFlag("--to <time>", "events accepted before (RFC 3339); now if absent"))
    .addOption(textFlag("--bucket <length>", "1m, 5m, 15m, 1h, 6h or 1d"))
    .addOption(new Option("--by <what>", "a line for each").choices(["tenant", "endpoint", "type"]));
  return addClientFlags(command).action(({ endpoint, by, tenant, type, from, to, bucket, ...flags }: Flags) =>
    inSession(flags, async ({ client, output, signal }) => {
      const query = { tenant, endpointId: endpoint, type, from, to, bucket, groupBy: by };
      const statistics = await client.stats(query, { signal });
      if (!output.isTable) return output.writeJsonLines([jsonOf(statistics)]);
      const { title, text } = statsText(statistics, output.width);
      return output.write(`${output.dim(title)}\n${text}`);
    }),
  );
}
