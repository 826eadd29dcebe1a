/** How fast an endpoint is sent to, when it is tried again, and what delivers, as flags. */
import type { Command } from "commander";
import { decimal, integer, optional } from "../../config/option-kinds.ts";
import { limits } from "../../core/limits.ts";
import { retryPresetNames } from "../../core/retry-schedule.ts";
import type { EndpointSettings, RetryRule } from "../../sdk/wire.ts";
import { choiceFlag, integersFlag, valueFlag } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export interface PaceFlags {
  /** Commander makes an empty text of the null that `none` is. */
  readonly rate?: number | "";
  readonly burst?: number;
  readonly retry?: NonNullable<RetryRule["preset"]>;
  readonly retryJitter?: number;
  readonly retryMaxAgeMs?: number | "";
  readonly successStatuses?: readonly number[];
}

export function addPaceFlags(command: Command): Command {
  const { ratePerSecondMin, ratePerSecondMax, rateBurstMax, retryAgeMsMin, retryAgeMsMax } = limits;
  const rate = optional(decimal({ min: ratePerSecondMin, max: ratePerSecondMax }));
  const age = optional(integer({ min: retryAgeMsMin, max: retryAgeMsMax }));
  return command
    .addOption(valueFlag("--rate", rate, "most attempts a second; none: as fast as its window allows"))
    .addOption(valueFlag("--burst", integer({ min: 1, max: rateBurstMax }), "of --rate: attempts that may go at once"))
    .addOption(choiceFlag("--retry", retryPresetNames, "a schedule by name, in place of --retry-delays-ms"))
    .addOption(valueFlag("--retry-jitter", decimal({ min: 0, max: 1 }), "how far a wait may be from the schedule"))
    .addOption(valueFlag("--retry-max-age-ms", age, "no attempt for an event that is older; none: whatever its age"))
    .addOption(
      integersFlag("--success-statuses <list>", "statuses that deliver beside 2xx, such as 302,304; '': none"),
    );
}

/** Only what was given. */
export function paceSettings(flags: PaceFlags): EndpointSettings {
  const { rate, burst, retry, retryJitter, retryMaxAgeMs, successStatuses } = flags;
  if (burst !== undefined && (rate === undefined || rate === "")) throw new UsageError("--burst is of a --rate.");
  return {
    ...(rate !== undefined && { rate_limit: rate === "" ? null : limitOf(rate, burst) }),
    ...(retry !== undefined && { retry: { preset: retry } }),
    ...(retryJitter !== undefined && { retry_jitter: retryJitter }),
    ...(retryMaxAgeMs !== undefined && { retry_max_age_ms: retryMaxAgeMs === "" ? null : retryMaxAgeMs }),
    ...(successStatuses !== undefined && { success_statuses: successStatuses }),
  };
}

const limitOf = (perSecond: number, burst: number | undefined): NonNullable<EndpointSettings["rate_limit"]> => ({
  per_second: perSecond,
  ...(burst !== undefined && { burst }),
});
