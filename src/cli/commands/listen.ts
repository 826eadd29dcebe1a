import { type Command, Option } from "commander";
import { duration, integer } from "../../config/option-kinds.ts";
import { addClientFlags, clientCommand } from "../client-command.ts";
import { headerFlag, limitFlag, listFlag, textFlag, valueFlag } from "../flags.ts";
import { listen } from "../listen/listen.ts";
import type { ListenFlags } from "../listen/listen-flags.ts";
import { readLocalUrl } from "../listen/local-url.ts";
import { inSession } from "../session.ts";
import { secretFileFlag } from "./endpoint-signing-flags.ts";

const retriesMax = 1_000_000;

/** `trotline listen --to URL`: events of the server for code on this machine, over the feed. */
export function listenCommand(): Command {
  const command = clientCommand("listen", {
    summary: "send events to code on this machine as they come",
    example: "trotline listen --source github --to http://localhost:3000/hook",
  })
    .addOption(textFlag("--to <url>", "where local code listens").argParser(readLocalUrl))
    .addOption(new Option("--print", "show what comes, and send nothing"))
    .addOption(textFlag("--source <name>", "only requests that this source received"))
    .addOption(textFlag("--bin <id>", "what comes to this bin"))
    .addOption(listFlag("--types <patterns>", "only these types, such as order.*,invoice.paid"))
    .addOption(textFlag("--filter <cel>", "only events for which this CEL expression is true"))
    .addOption(textFlag("--subject <subject>", "only events about this"))
    .addOption(textFlag("--tenant <tenant>", "whose events; with --source, the source's"))
    .addOption(
      textFlag(
        "--from <place>",
        "earliest, latest, a cursor, an id, time:…; if absent, where it stopped, at first latest",
      ),
    )
    .addOption(textFlag("--consumer <name>", "keep the place on the server, as this consumer"))
    .addOption(secretFileFlag("holds the secret that published events are signed with; one is made if absent"))
    .addOption(textFlag("--secret <secret>", "the same, for all to see who see the command line"))
    .addOption(headerFlag("--header <header>", "added to every request, in place of those of its name"))
    .addOption(
      valueFlag(
        "--timeout",
        duration({ min: "1ms", max: "1h" }),
        "how long local code may take to answer; default 30s",
      ),
    )
    .addOption(
      valueFlag("--retries", integer({ min: 0, max: retriesMax }), "of an event that reaches nobody; default no end"),
    )
    .addOption(limitFlag("end after so many events; no end if absent"))
    .addOption(new Option("--verbose", "show headers and bodies, too"));
  return addClientFlags(command).action((flags: ListenFlags) =>
    inSession(flags, (session) => listen(session, flags), { isEndless: true }),
  );
}
