import type { Command } from "commander";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { textFlag } from "../flags.ts";
import { printOne, rowPrinter } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { endOf, watched } from "../watched-replay.ts";
import { replayColumns } from "./replays.ts";

interface Flags extends ClientFlags {
  readonly since?: string;
  readonly until?: string;
  readonly tenant?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** `trotline recover [ENDPOINT]`: sends again what failed, and watches until it has ended. */
export function recoverCommand(): Command {
  const command = clientCommand("recover", {
    summary: "send again what failed",
    example: "trotline recover ep_01… --since time:2026-01-31T00:00:00Z",
  })
    .argument("[endpoint]", "id of the endpoint; all of them if absent")
    .addOption(textFlag("--since <place>", "what failed behind this place: a cursor, an event's id, earliest, time:…"))
    .addOption(textFlag("--until <place>", "what failed up to this place; latest if absent"))
    .addOption(textFlag("--tenant <tenant>", "without an endpoint: only this tenant's"))
    .option("--dry-run", "count, and send nothing")
    .option("--detach", "do not wait for its end");
  return addClientFlags(command).action(async (endpoint: string | undefined, flags: Flags) => {
    if (flags.since === undefined)
      throw new UsageError("`recover` needs to know --since when, such as --since earliest.");
    if (endpoint !== undefined && flags.tenant !== undefined) {
      throw new UsageError("--tenant is for all endpoints of it; name no endpoint.");
    }
    const { since, until, dryRun } = flags;
    const wanted = { since, ...(until !== undefined && { until }), ...(dryRun && { dry_run: true }) };
    await inSession(flags, (session) =>
      endpoint === undefined ? all(session, wanted, flags) : one(session, { endpoint, wanted, flags }),
    );
  });
}

interface Wanted {
  readonly since: string;
  readonly until?: string;
  readonly dry_run?: boolean;
}

async function one(
  session: Session,
  { endpoint, wanted, flags }: { readonly endpoint: string; readonly wanted: Wanted; readonly flags: Flags },
): Promise<number> {
  const made = await session.client.endpoints.recover(endpoint, wanted, { signal: session.signal });
  const latest = flags.detach ? made : await watched(session, made);
  await printOne(session, latest);
  return endOf(latest);
}

/** One after the other: they run side by side. */
async function all(session: Session, wanted: Wanted, { tenant, detach }: Flags): Promise<number> {
  const asked = { ...wanted, ...(tenant !== undefined && { tenant }) };
  const made = await session.client.replays.recover(asked, { signal: session.signal });
  if (made.length === 0 && session.output.isTable) session.note("Nothing has failed.");
  const rows = rowPrinter(session, replayColumns);
  let end: number = exitCodes.ok;
  for (const replay of made) {
    const latest = detach ? replay : await watched(session, replay);
    await rows.print([latest]);
    end = Math.max(end, endOf(latest));
  }
  return end;
}
