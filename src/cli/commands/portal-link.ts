import type { Command } from "commander";
import { duration } from "../../config/option-kinds.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { textFlag, valueFlag } from "../flags.ts";
import { jsonOf } from "../raw-json.ts";
import { inSession } from "../session.ts";

interface PortalLinkFlags extends ClientFlags {
  readonly tenant?: string;
  readonly expiresIn?: number;
  readonly name?: string;
}

/** `trotline portal-link`: for whoever is to see one tenant's endpoints, events and attempts. */
export function portalLinkCommand(): Command {
  const command = clientCommand("portal-link", {
    summary: "make a link that shows one tenant its own endpoints and events",
    example: "trotline portal-link --tenant acme --expires-in 1h",
  })
    .addOption(textFlag("--tenant <tenant>", "whose portal; the key's own, or `default`, if absent"))
    .addOption(valueFlag("--expires-in", duration({ min: "1m", max: "30d" }), "how long it works; an hour if absent"))
    .addOption(textFlag("--name <name>", "for people, in the list of keys"));
  return addClientFlags(command).action(({ tenant, expiresIn, name, ...flags }: PortalLinkFlags) =>
    inSession(flags, async ({ client, signal, output }) => {
      const wanted = {
        ...(tenant !== undefined && { tenant }),
        ...(expiresIn !== undefined && { expires_in_ms: expiresIn }),
        ...(name !== undefined && { name }),
      };
      const link = await client.portalLinks.create(wanted, { signal });
      await (output.isTable ? output.write(`${link.url}\n`) : output.writeJsonLines([jsonOf(link)]));
    }),
  );
}
