/** `trotline endpoints rotate-secret`: gives an endpoint a new secret. */
import type { Command } from "commander";
import { duration } from "../../config/option-kinds.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { textArgument, valueFlag } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import { secretFileFlag } from "./endpoint-signing-flags.ts";

interface RotateFlags extends ClientFlags {
  readonly secretFile?: string;
  readonly grace?: number;
}

export function rotateSecretCommand(): Command {
  const command = clientCommand("rotate-secret", {
    summary: "give an endpoint a new secret; the old one signs too for a while",
    example: "trotline endpoints rotate-secret ep_01… --grace 1h",
  })
    .addArgument(textArgument("id", "id of the endpoint"))
    .addOption(
      valueFlag(
        "--grace",
        duration({ min: "0s", max: "30d" }),
        "how long the old ones go on signing; a day if absent, 0s ends them at once",
      ),
    )
    .addOption(secretFileFlag("holds the new secret; one is made if absent"));
  return addClientFlags(command).action((id: string, { secretFile, grace, ...flags }: RotateFlags) =>
    inSession(flags, async (session) => {
      const rotation = {
        ...(secretFile !== undefined && { secret: secretFile }),
        ...(grace !== undefined && { grace_ms: grace }),
      };
      await printOne(session, await session.client.endpoints.rotateSecret(id, rotation, { signal: session.signal }));
    }),
  );
}
