/** `trotline endpoints create` and `update`: the settings of an endpoint as flags. */
import type { Command } from "commander";
import { integer, optional } from "../../config/option-kinds.ts";
import { limits } from "../../core/limits.ts";
import type { EndpointSettings } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { headerFlag, integersFlag, listFlag, textArgument, textFlag, valueFlag } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { addCommandFlags, type CommandFlags, commandSettings, kindOf } from "./endpoint-command-flags.ts";
import { addOrderFlags, type OrderFlags, orderSettings } from "./endpoint-order-flags.ts";
import { addPaceFlags, type PaceFlags, paceSettings } from "./endpoint-pace-flags.ts";
import { addPayloadFlags, type PayloadFlags, payloadSettings } from "./endpoint-payload-flags.ts";
import { addReachFlags, type ReachFlags, reachSettings } from "./endpoint-reach-flags.ts";
import { addSelectionFlags, type SelectionFlags, selectionSettings } from "./endpoint-selection-flags.ts";
import { addSigningFlags, type SigningFlags, signingSettings } from "./endpoint-signing-flags.ts";

interface SettingFlags
  extends ClientFlags,
    CommandFlags,
    OrderFlags,
    PaceFlags,
    PayloadFlags,
    ReachFlags,
    SelectionFlags,
    SigningFlags {
  readonly description?: string;
  readonly types?: readonly string[];
  readonly header?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
  readonly maxInFlight?: number;
  /** Commander makes an empty text of the null that `none` is. */
  readonly disableAfterMs?: number | "";
}

export function createEndpointCommand(): Command {
  const command = clientCommand("create", {
    summary: "make an endpoint; its secrets are printed with it",
    example: "trotline endpoints create https://example.com/webhooks --types 'order.*'",
  })
    .addArgument(
      textArgument("address", "where events are posted: http or https; not with --program or --handler", true),
    )
    .addOption(textFlag("--tenant <tenant>", "whose events it gets"))
    .addOption(textFlag("--start-at <place>", "latest (default), earliest, a cursor, an event's id, or time:…"));
  return addClientFlags(addSettings(command)).action(
    (url: string | undefined, flags: SettingFlags & { readonly tenant?: string; readonly startAt?: string }) =>
      inSession(flags, async (session) => {
        const { tenant, startAt } = flags;
        const wanted = {
          ...(url !== undefined && { url }),
          ...kindOf(url, flags),
          ...settingsOf(flags),
          ...(tenant !== undefined && { tenant }),
          ...(startAt !== undefined && { start_at: startAt }),
        };
        await printOne(session, await session.client.endpoints.create(wanted, { signal: session.signal }));
      }),
  );
}

export function updateEndpointCommand(): Command {
  const command = clientCommand("update", {
    summary: "change an endpoint; what is not named stays",
    example: "trotline endpoints update ep_01… --types 'order.*,invoice.paid'",
  })
    .addArgument(textArgument("id", "id of the endpoint"))
    .addOption(textFlag("--address <url>", "where events are posted from now on"));
  return addClientFlags(addSettings(command)).action(
    async (id: string, flags: SettingFlags & { readonly address?: string }) => {
      const change = { ...settingsOf(flags), ...(flags.address !== undefined && { url: flags.address }) };
      if (Object.keys(change).length === 0) throw new UsageError("`endpoints update` needs to know what to change.");
      await inSession(flags, async (session) =>
        printOne(session, await session.client.endpoints.update(id, change, { signal: session.signal })),
      );
    },
  );
}

function addSettings(command: Command): Command {
  const { timeoutMsMin, runTimeoutMsMax, maxInFlightMax } = limits;
  const timeoutMs = integer({ min: timeoutMsMin, max: runTimeoutMsMax });
  const withKind = addCommandFlags(command);
  return addOrderFlags(addPaceFlags(addReachFlags(addSigningFlags(addPayloadFlags(addSelectionFlags(withKind))))))
    .addOption(listFlag("--types <patterns>", "types that it gets, such as order.*,invoice.paid; '' is all"))
    .addOption(textFlag("--description <text>", "for people"))
    .addOption(headerFlag("--header <name:value>", "sent with every delivery; may be repeated"))
    .addOption(valueFlag("--timeout-ms", timeoutMs, "for one attempt as a whole"))
    .addOption(
      integersFlag("--retry-delays-ms <list>", "the waits after failures, such as 5000,60000; '' never retries"),
    )
    .addOption(valueFlag("--max-in-flight", integer({ min: 1, max: maxInFlightMax }), "most attempts at once"))
    .addOption(
      valueFlag(
        "--disable-after-ms",
        optional(integer({ min: 60_000, max: Number.MAX_SAFE_INTEGER })),
        "disabled after so long without a success; none: never",
      ),
    );
}

/** Only what was given. */
function settingsOf(flags: SettingFlags): EndpointSettings {
  const { types, description, header, timeoutMs, retryDelaysMs, maxInFlight, disableAfterMs } = flags;
  return {
    ...commandSettings(flags),
    ...orderSettings(flags),
    ...paceSettings(flags),
    ...payloadSettings(flags),
    ...reachSettings(flags),
    ...selectionSettings(flags),
    ...signingSettings(flags),
    ...(types !== undefined && { types }),
    ...(description !== undefined && { description }),
    ...(header !== undefined && { headers: header }),
    ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
    ...(retryDelaysMs !== undefined && { retry_delays_ms: retryDelaysMs }),
    ...(maxInFlight !== undefined && { max_in_flight: maxInFlight }),
    ...(disableAfterMs !== undefined && { disable_after_ms: disableAfterMs === "" ? null : disableAfterMs }),
  };
}
