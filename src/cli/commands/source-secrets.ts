/** `trotline sources secrets …`: what a source verifies by. */
import type { Command } from "commander";
import { duration } from "../../config/option-kinds.ts";
import { limits } from "../../core/limits.ts";
import type { SourceSecret } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { textArgument, textFlag, valueFlag } from "../flags.ts";
import { rowPrinter } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";
import { secretFileFlag } from "./endpoint-signing-flags.ts";

const columns: readonly Column<SourceSecret>[] = [
  { title: "ID", of: (secret) => secret.id },
  { title: "EXPIRES", of: (secret) => secret.expires_at ?? "never" },
  { title: "SECRET", of: (secret) => secret.secret },
];

export function sourceSecretsCommand(): Command {
  return clientGroup("secrets", "list, add and delete secrets of a source", [
    listCommand(),
    addCommand(),
    deleteCommand(),
  ]);
}

const sourceArgument = () => textArgument("source", "name or id of the source");

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "print the secrets of a source, the newest first",
    example: "trotline sources secrets list github",
  });
  return addClientFlags(command.addArgument(sourceArgument())).action((source: string, flags: ClientFlags) =>
    inSession(flags, async (session) =>
      rowPrinter(session, columns).print(await session.client.sources.secrets(source, { signal: session.signal })),
    ),
  );
}

interface AddFlags extends ClientFlags {
  readonly secretFile?: string;
  readonly grace?: number;
  readonly expiresAt?: string;
}

function addCommand(): Command {
  const command = clientCommand("add", {
    summary: "give a source another secret, and print all that verify",
    example: "trotline sources secrets add github --grace 1h",
  })
    .addArgument(sourceArgument())
    .addOption(secretFileFlag("holds the secret; one is made if absent", limits.sourceSecretLength))
    .addOption(
      valueFlag("--grace", duration({ min: "0s", max: "30d" }), "how long those before it verify; as before if absent"),
    )
    .addOption(textFlag("--expires-at <time>", "it verifies until then (RFC 3339); for ever if absent"));
  return addClientFlags(command).action((source: string, { secretFile, grace, expiresAt, ...flags }: AddFlags) =>
    inSession(flags, async (session) => {
      const secret = {
        ...(secretFile !== undefined && { secret: secretFile }),
        ...(grace !== undefined && { grace_ms: grace }),
        ...(expiresAt !== undefined && { expires_at: expiresAt }),
      };
      const all = await session.client.sources.addSecret(source, secret, { signal: session.signal });
      await rowPrinter(session, columns).print(all);
    }),
  );
}

function deleteCommand(): Command {
  const command = clientCommand("delete", {
    summary: "take a secret from a source; it verifies nothing from then on",
    example: "trotline sources secrets delete github sec_0123456789abcdef",
  })
    .addArgument(sourceArgument())
    .addArgument(textArgument("secret", "id of the secret"));
  return addClientFlags(command).action((source: string, secret: string, flags: ClientFlags) =>
    inSession(flags, async ({ client, signal, output }) => {
      await client.sources.deleteSecret(source, secret, { signal });
      if (output.isTable) await output.write(`Deleted ${secret}.\n`);
    }),
  );
}
