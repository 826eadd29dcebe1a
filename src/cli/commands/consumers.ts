import type { Command } from "commander";
import type { Consumer } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";

interface Flags extends ClientFlags {
  readonly tenant?: string;
  readonly limit?: number;
}

interface SeekFlags extends Flags {
  readonly dryRun?: boolean;
}

const columns: readonly Column<Consumer>[] = [
  { title: "NAME", of: (consumer) => consumer.name },
  { title: "TENANT", of: (consumer) => consumer.tenant },
  { title: "STATE", of: (consumer) => consumer.state },
  { title: "LAG", of: (consumer) => consumer.lag_events },
  { title: "SECONDS", of: (consumer) => consumer.lag_seconds },
  { title: "LEASED UNTIL", of: (consumer) => consumer.leased_until },
  { title: "CURSOR", of: (consumer) => consumer.cursor },
  { title: "TYPES", of: (consumer) => consumer.types.join(",") || "all" },
];

/** `trotline consumers …`: named cursors that clients move. */
export function consumersCommand(): Command {
  return clientGroup("consumers", "list, move and delete consumers", [
    listCommand(),
    getCommand(),
    deleteCommand(),
    seekCommand(),
  ]);
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list consumers by name, with how far behind they are",
    example: "trotline consumers list",
  }).addOption(limitFlag("most consumers to list; all if absent"));
  return withTenant(command).action(({ tenant, limit, ...flags }: Flags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.consumers.list({ tenant, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

function getCommand(): Command {
  const about = { summary: "show a consumer", example: "trotline consumers get billing" };
  return withTenant(clientCommand("get", about).addArgument(nameArgument())).action((name: string, flags: Flags) =>
    inSession(flags, async (session) =>
      printOne(session, await session.client.consumers.get(name, callOf(session, flags))),
    ),
  );
}

function deleteCommand(): Command {
  const about = { summary: "delete a consumer and its place", example: "trotline consumers delete billing" };
  return withTenant(clientCommand("delete", about).addArgument(nameArgument())).action((name: string, flags: Flags) =>
    inSession(flags, async (session) => {
      await session.client.consumers.delete(name, callOf(session, flags));
      if (session.output.isTable) await session.output.write(`Deleted ${name}.\n`);
    }),
  );
}

function seekCommand(): Command {
  const command = clientCommand("seek", {
    summary: "move a consumer; who reads as it now loses the lease",
    example: "trotline consumers seek billing time:2026-01-31T00:00:00Z",
  })
    .addArgument(nameArgument())
    .addArgument(textArgument("place", "earliest, latest, a cursor, an event's id, or time:…"))
    .option("--dry-run", "count what would be read again or passed over, and move nothing");
  return withTenant(command).action((name: string, to: string, flags: SeekFlags) =>
    inSession(flags, async (session) => {
      const { consumers } = session.client;
      const options = callOf(session, flags);
      if (flags.dryRun) return printOne(session, await consumers.measureSeek(name, to, options));
      return printOne(session, await consumers.seek(name, to, options));
    }),
  );
}

const nameArgument = () => textArgument("name", "name of the consumer");

const withTenant = (command: Command): Command =>
  addClientFlags(command.addOption(textFlag("--tenant <tenant>", "whose consumer it is")));

const callOf = ({ signal }: Session, { tenant }: Flags) => ({ signal, ...(tenant !== undefined && { tenant }) });
