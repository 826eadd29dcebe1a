import type { Command } from "commander";
import { duration } from "../../config/option-kinds.ts";
import type { Key, KeyScope } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, listFlag, textArgument, textFlag, valueFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const columns: readonly Column<Key>[] = [
  { title: "ID", of: (key) => key.id },
  { title: "TENANT", of: (key) => key.tenant ?? "all" },
  { title: "SCOPES", of: (key) => key.scopes.join(",") },
  { title: "STATUS", of: (key) => key.status },
  { title: "EXPIRES", of: (key) => key.expires_at ?? "never" },
  { title: "LAST USED", of: (key) => key.last_used_at ?? "never" },
  { title: "NAME", of: (key) => key.name },
];

/** `trotline keys …`: who may ask the server for what. */
export function keysCommand(): Command {
  return clientGroup("keys", "list, make, rotate and revoke keys", [
    listCommand(),
    createCommand(),
    getCommand(),
    rotateCommand(),
    revokeCommand(),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list keys, oldest first; never the keys themselves",
    example: "trotline keys list --tenant acme",
  })
    .addOption(textFlag("--tenant <tenant>", "only keys that are bound to it"))
    .addOption(limitFlag("most keys to list; all if absent"));
  return addClientFlags(command).action(({ tenant, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.keys.list({ tenant, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

interface CreateFlags extends ClientFlags {
  readonly scopes?: readonly string[];
  readonly tenant?: string;
  readonly expiresAt?: string;
}

function createCommand(): Command {
  const command = clientCommand("create", {
    summary: "make a key, and print it; it is never printed again",
    example: "trotline keys create billing --scopes publish,read --tenant acme",
  })
    .addArgument(textArgument("name", "name for people"))
    .addOption(listFlag("--scopes <list>", "what it may do: publish, read, manage, or admin, which is all"))
    .addOption(textFlag("--tenant <tenant>", "it is for this tenant alone; for all if absent"))
    .addOption(textFlag("--expires-at <time>", "it ends then (RFC 3339); never if absent"));
  return addClientFlags(command).action((name: string, { scopes = [], tenant, expiresAt, ...flags }: CreateFlags) => {
    if (scopes.length === 0) throw new UsageError("`keys create` needs --scopes.");
    const key = {
      name,
      scopes: scopes as readonly KeyScope[],
      ...(tenant !== undefined && { tenant }),
      ...(expiresAt !== undefined && { expires_at: expiresAt }),
    };
    return inSession(flags, async (session) =>
      printOne(session, await session.client.keys.create(key, { signal: session.signal })),
    );
  });
}

function getCommand(): Command {
  const command = clientCommand("get", { summary: "show a key", example: "trotline keys get key_01…" });
  return addClientFlags(command.addArgument(textArgument("id", "id of the key"))).action(
    (id: string, flags: ClientFlags) =>
      inSession(flags, async (session) =>
        printOne(session, await session.client.keys.get(id, { signal: session.signal })),
      ),
  );
}

function rotateCommand(): Command {
  const command = clientCommand("rotate", {
    summary: "give a key a new text, and print it; its id stays",
    example: "trotline keys rotate key_01… --grace 1h",
  })
    .addArgument(textArgument("id", "id of the key"))
    .addOption(
      valueFlag("--grace", duration({ min: "0s", max: "30d" }), "how long the old text works; not at all if absent"),
    );
  return addClientFlags(command).action((id: string, { grace, ...flags }: ClientFlags & { grace?: number }) =>
    inSession(flags, async (session) => {
      const made = await session.client.keys.rotate(id, { graceMs: grace ?? 0 }, { signal: session.signal });
      await printOne(session, made);
    }),
  );
}

function revokeCommand(): Command {
  const command = clientCommand("revoke", { summary: "end a key at once", example: "trotline keys revoke key_01…" });
  return addClientFlags(command.addArgument(textArgument("id", "id of the key"))).action(
    (id: string, flags: ClientFlags) =>
      inSession(flags, async ({ client, signal, output }) => {
        await client.keys.revoke(id, { signal });
        if (output.isTable) await output.write(`Revoked ${id}.\n`);
      }),
  );
}
