import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import type { Command } from "commander";
import type { EventType, NewEventType } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { choiceFlag, limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const columns: readonly Column<EventType>[] = [
  { title: "NAME", of: (eventType) => eventType.name },
  { title: "GROUP", of: (eventType) => eventType.group },
  { title: "VERSIONS", of: (eventType) => eventType.versions.map(({ version }) => version).join(",") },
  { title: "VALIDATE", of: (eventType) => eventType.validate },
  { title: "ARCHIVED", of: (eventType) => (eventType.archived ? "archived" : null) },
  { title: "DESCRIPTION", of: (eventType) => eventType.description },
];

/** `trotline event-types …`: the catalogue of event types. */
export function eventTypesCommand(): Command {
  return clientGroup("event-types", "list, make and delete event types of the catalogue", [
    listCommand(),
    getCommand(),
    putCommand(),
    deleteCommand(),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly group?: string;
  readonly archived?: "true" | "false" | "all";
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list event types by name",
    example: "trotline event-types list --group orders",
  })
    .addOption(textFlag("--group <group>", "only those of this group"))
    .addOption(choiceFlag("--archived", ["false", "true", "all"], "those that are archived, or all; false if absent"))
    .addOption(limitFlag("most event types to list; all if absent"));
  return addClientFlags(command).action(({ group, archived, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.eventTypes.list({ group, archived, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

function getCommand(): Command {
  const about = { summary: "show an event type", example: "trotline event-types get order.paid" };
  const command = clientCommand("get", about).addArgument(nameArgument());
  return addClientFlags(command).action((name: string, flags: ClientFlags) =>
    inSession(flags, async (session) =>
      printOne(session, await session.client.eventTypes.get(name, { signal: session.signal })),
    ),
  );
}

function putCommand(): Command {
  const command = clientCommand("put", {
    summary: "make or replace an event type, from a file of JSON or - for the input",
    example: "trotline event-types put order.paid order-paid.json",
  })
    .addArgument(nameArgument())
    .addArgument(textArgument("file", "what the catalogue is to say of it, as JSON; - reads the input"));
  return addClientFlags(command).action(async (name: string, file: string, flags: ClientFlags) => {
    const eventType = await readEventType(file);
    await inSession(flags, async (session) =>
      printOne(session, await session.client.eventTypes.put(name, eventType, { signal: session.signal })),
    );
  });
}

function deleteCommand(): Command {
  const about = {
    summary: "take an event type out of the catalogue",
    example: "trotline event-types delete order.paid",
  };
  const command = clientCommand("delete", about).addArgument(nameArgument());
  return addClientFlags(command).action((name: string, flags: ClientFlags) =>
    inSession(flags, async ({ client, signal, output }) => {
      await client.eventTypes.delete(name, { signal });
      if (output.isTable) await output.write(`Deleted ${name}.\n`);
    }),
  );
}

const nameArgument = () => textArgument("name", "name of the event type, such as order.paid");

async function readEventType(file: string): Promise<NewEventType> {
  let text: string;
  try {
    text = file === "-" ? await textOf(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return JSON.parse(text) as NewEventType;
  } catch {
    throw new UsageError(`${file} is not JSON.`);
  }
}
