/** What `events` and `tail` print: the log up to its end, and then events as they come. */
import type { Command } from "commander";
import type { TrotlineEvent } from "../sdk/wire.ts";
import type { ClientFlags } from "./client-command.ts";
import { limitFlag, listFlag, textFlag } from "./flags.ts";
import { rowPrinter } from "./print-list.ts";
import { memberJson } from "./raw-json.ts";
import type { Session } from "./session.ts";
import type { Column } from "./table.ts";

export interface EventFlags extends ClientFlags {
  readonly after?: string;
  readonly limit?: number;
  readonly types?: readonly string[];
  readonly filter?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly tenant?: string;
}

/** Events of one request; the server cuts a page by its bytes, too. */
const pageSize = 1000;
/** Bytes of `data` of which a table shows the beginning. */
const dataShownMax = 2000;

const columns: readonly Column<TrotlineEvent>[] = [
  { title: "ACCEPTED", of: (event) => event.accepted_at },
  { title: "ID", of: (event) => event.id },
  { title: "TYPE", of: (event) => event.type },
  { title: "SUBJECT", of: (event) => event.subject },
  { title: "DATA", of: (event) => memberJson(event, "data", dataShownMax) },
];

/** Which events; where they begin is the command's own to say. */
export function addSelectionFlags(command: Command): Command {
  return command
    .addOption(listFlag("--types <patterns>", "only these types, such as order.*,invoice.paid"))
    .addOption(textFlag("--filter <cel>", "only events for which this CEL expression is true"))
    .addOption(textFlag("--subject <subject>", "only events about this"))
    .addOption(textFlag("--text <text>", "only events that have it in their id, type, subject or data"))
    .addOption(textFlag("--tenant <tenant>", "whose events"))
    .addOption(limitFlag("most events to print; no end if absent"));
}

/** From `after`, to the end of the log or on and on. */
export async function printEvents(
  session: Session,
  flags: EventFlags,
  how: { readonly order: "asc" | "desc"; readonly isFollowing: boolean },
): Promise<void> {
  const { client, signal } = session;
  const { after, limit = Number.POSITIVE_INFINITY } = flags;
  const { types, filter, subject, text, since, until, tenant } = flags;
  const selection = { types, filter, subject, text, since, until, tenant };
  const rows = rowPrinter(session, columns);
  let left = limit;
  let cursor = after;
  for (let hasMore = true; hasMore && left > 0 && !signal.aborted; ) {
    const query = { ...selection, order: how.order, limit: Math.min(left, pageSize) };
    const page = await client.events.list({ ...query, after: cursor }, { signal });
    await rows.print(page.data);
    left -= page.data.length;
    cursor = page.next_cursor;
    hasMore = page.has_more;
  }
  if (!how.isFollowing || left <= 0) return;
  for await (const event of client.events.follow({ ...selection, after: cursor, limit: pageSize, signal })) {
    await rows.print([event]);
    left -= 1;
    if (left <= 0) return;
  }
}
