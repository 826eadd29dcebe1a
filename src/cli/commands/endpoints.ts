import type { Command } from "commander";
import type { Endpoint } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";
import { outputCommand } from "./endpoint-output.ts";
import { rotateSecretCommand } from "./endpoint-secret.ts";
import { createEndpointCommand, updateEndpointCommand } from "./endpoint-settings.ts";

const columns: readonly Column<Endpoint>[] = [
  { title: "ID", of: (endpoint) => endpoint.id },
  { title: "TENANT", of: (endpoint) => endpoint.tenant },
  { title: "STATUS", of: (endpoint) => endpoint.status },
  { title: "HEALTH", of: (endpoint) => endpoint.health.state },
  { title: "LAG", of: (endpoint) => endpoint.lag },
  { title: "PARKED", of: (endpoint) => endpoint.parked },
  { title: "TYPES", of: (endpoint) => endpoint.types.join(",") || "all" },
  { title: "PLACE", of: (endpoint) => endpoint.url ?? endpoint.command?.program ?? endpoint.handler ?? "" },
];

/** `trotline endpoints …`: the places that events are pushed to. */
export function endpointsCommand(): Command {
  return clientGroup("endpoints", "list, make, change, pause and delete endpoints", [
    listCommand(),
    createEndpointCommand(),
    getCommand(),
    updateEndpointCommand(),
    deleteCommand(),
    pauseCommand(),
    resumeCommand(),
    rotateSecretCommand(),
    testCommand(),
    outputCommand(),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list endpoints, oldest first",
    example: "trotline endpoints list --tenant acme",
  })
    .addOption(textFlag("--tenant <tenant>", "only this tenant's"))
    .addOption(limitFlag("most endpoints to list; all if absent"));
  return addClientFlags(command).action(({ tenant, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.endpoints.list({ tenant, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

const getCommand = (): Command =>
  aboutOne(
    { name: "get", summary: "show an endpoint", example: "trotline endpoints get ep_01…" },
    async (session, id) => printOne(session, await session.client.endpoints.get(id, { signal: session.signal })),
  );

const deleteCommand = (): Command =>
  aboutOne(
    {
      name: "delete",
      summary: "delete an endpoint, and what is parked for it",
      example: "trotline endpoints delete ep_01…",
    },
    async ({ client, signal, output }, id) => {
      await client.endpoints.delete(id, { signal });
      if (output.isTable) await output.write(`Deleted ${id}.\n`);
    },
  );

const pauseCommand = (): Command =>
  aboutOne(
    {
      name: "pause",
      summary: "send nothing more to an endpoint; its cursor stays",
      example: "trotline endpoints pause ep_01…",
    },
    async (session, id) => printOne(session, await session.client.endpoints.pause(id, { signal: session.signal })),
  );

function resumeCommand(): Command {
  const command = clientCommand("resume", {
    summary: "send to an endpoint again, whether it was paused or disabled",
    example: "trotline endpoints resume ep_01…",
  })
    .addArgument(textArgument("id", "id of the endpoint"))
    .option("--latest", "from the head of the log; what was missed is cancelled");
  return addClientFlags(command).action((id: string, { latest, ...flags }: ClientFlags & { latest?: boolean }) =>
    inSession(flags, async (session) => {
      const from = latest ? "latest" : "cursor";
      await printOne(session, await session.client.endpoints.resume(id, { from }, { signal: session.signal }));
    }),
  );
}

function testCommand(): Command {
  const command = clientCommand("test", {
    summary: "send an example to an endpoint, and show what came of it; it counts nowhere",
    example: "trotline endpoints test ep_01… --type order.paid",
  })
    .addArgument(textArgument("id", "id of the endpoint"))
    .addOption(textFlag("--type <type>", "type of the example; trotline.test if absent"));
  return addClientFlags(command).action((id: string, { type, ...flags }: ClientFlags & { type?: string }) =>
    inSession(flags, async (session) => {
      const how = type === undefined ? {} : { type };
      const result = await session.client.endpoints.test(id, how, { signal: session.signal });
      await printOne(session, result);
      return result.delivered ? exitCodes.ok : exitCodes.failed;
    }),
  );
}

function aboutOne(
  about: { readonly name: string; readonly summary: string; readonly example: string },
  work: (session: Session, id: string) => Promise<void>,
): Command {
  const command = clientCommand(about.name, about).addArgument(textArgument("id", "id of the endpoint"));
  return addClientFlags(command).action((id: string, flags: ClientFlags) =>
    inSession(flags, (session) => work(session, id)),
  );
}
