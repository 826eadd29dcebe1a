import type { Command } from "commander";
import type { Attempt, ErrorClass } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, textFlag } from "../flags.ts";
import { printList } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";

interface Flags extends ClientFlags {
  readonly endpoint?: string;
  readonly event?: string;
  readonly tenant?: string;
  readonly status?: string;
  readonly errorClass?: ErrorClass;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

/** They may be millions: without a limit, the newest. */
const limitDefault = 100;

const columns: readonly Column<Attempt>[] = [
  { title: "STARTED", of: (attempt) => attempt.started_at },
  { title: "ENDPOINT", of: (attempt) => attempt.endpoint_id },
  { title: "EVENT", of: (attempt) => attempt.event_id },
  { title: "TYPE", of: (attempt) => attempt.event_type },
  { title: "NUMBER", of: (attempt) => attempt.number },
  { title: "MS", of: (attempt) => attempt.duration_ms },
  { title: "RESULT", of: (attempt) => (attempt.delivered ? attempt.status : (attempt.status ?? attempt.error_class)) },
  { title: "WHY", of: (attempt) => attempt.error_detail ?? "" },
];

/** `trotline attempts list`: what was sent, and what came of it. */
export function attemptsCommand(): Command {
  return clientGroup("attempts", "list attempts", [listCommand()]);
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list attempts, newest first",
    example: "trotline attempts list --status failed --since 2026-01-31T00:00:00Z",
  })
    .addOption(textFlag("--endpoint <id>", "only of this endpoint"))
    .addOption(textFlag("--event <id>", "only of this event"))
    .addOption(textFlag("--tenant <tenant>", "whose event it is"))
    .addOption(textFlag("--status <status>", "delivered, failed, a status such as 503, or a class such as 5xx"))
    .addOption(textFlag("--error-class <class>", "only with this class of error, such as timeout"))
    .addOption(textFlag("--since <time>", "started then or later (RFC 3339)"))
    .addOption(textFlag("--until <time>", "started before (RFC 3339)"))
    .addOption(limitFlag(`most attempts to list; default ${limitDefault}`));
  return addClientFlags(command).action((flags: Flags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: flags.limit ?? limitDefault,
        page: (query) => session.client.attempts.list({ ...filtersOf(flags), ...query }, { signal: session.signal }),
      }),
    ),
  );
}

const filtersOf = ({ endpoint, event, tenant, status, errorClass, since, until }: Flags) => ({
  endpointId: endpoint,
  eventId: event,
  tenant,
  status,
  errorClass,
  since,
  until,
});
