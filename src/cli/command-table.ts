/**
 * Every command, with what `trotline --help` says about it. A command's file is loaded when the command is run: a
 * server must not wait for the code of clients, nor a client for that of the server.
 */
import type { Command } from "commander";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** `server` commands take the server's options, `client` commands ask one, `file` commands neither. */
  readonly side: "server" | "client" | "file";
  load(version: string): Promise<Command>;
}

export const commandTable: readonly CommandEntry[] = [
  server("serve", "run the server (the default)", async (version) =>
    (await import("./commands/serve.ts")).serveCommand(version),
  ),
  server("config", "print the effective options and where each comes from", async () =>
    (await import("./commands/config.ts")).configCommand(),
  ),
  server("hooks", "serve hooks files: run a command for each request", async (version) =>
    (await import("./commands/hooks.ts")).hooksCommand(version),
  ),
  {
    name: "check",
    summary: "find what is wrong or dangerous in hooks files of adnanh/webhook",
    side: "file",
    load: async () => (await import("./commands/check.ts")).checkCommand(),
  },
  {
    name: "move",
    summary: "move a whole store from SQLite to PostgreSQL",
    side: "file",
    load: async () => (await import("./commands/move.ts")).moveCommand(),
  },
  server("openapi", "print the OpenAPI document of the HTTP interface", async () =>
    (await import("./commands/openapi.ts")).openApiCommand(),
  ),
  client("publish", "publish one event, or NDJSON of any length", async () =>
    (await import("./commands/publish.ts")).publishCommand(),
  ),
  client("events", "print events of the log, and with --follow those to come", async () =>
    (await import("./commands/events.ts")).eventsCommand(),
  ),
  client("tail", "print events as they come", async () => (await import("./commands/tail.ts")).tailCommand()),
  client("consume", "run a command for each event, as a named consumer", async () =>
    (await import("./commands/consume.ts")).consumeCommand(),
  ),
  client("listen", "send events to code on this machine as they come", async () =>
    (await import("./commands/listen.ts")).listenCommand(),
  ),
  client("endpoints", "list, make, change, pause and delete endpoints", async () =>
    (await import("./commands/endpoints.ts")).endpointsCommand(),
  ),
  client("event-types", "list, make and delete event types of the catalogue", async () =>
    (await import("./commands/event-types.ts")).eventTypesCommand(),
  ),
  client("consumers", "list, move and delete consumers", async () =>
    (await import("./commands/consumers.ts")).consumersCommand(),
  ),
  client("seek", "move the cursor of an endpoint", async () => (await import("./commands/seek.ts")).seekCommand()),
  client("replay", "send a range of the log to an endpoint again", async () =>
    (await import("./commands/replay.ts")).replayCommand(),
  ),
  client("recover", "send again what failed", async () => (await import("./commands/recover.ts")).recoverCommand()),
  client("replays", "list, pause, resume and cancel replays", async () =>
    (await import("./commands/replays.ts")).replaysCommand(),
  ),
  client("sources", "list, make, change, pause and delete sources", async () =>
    (await import("./commands/sources.ts")).sourcesCommand(),
  ),
  client("bins", "make throw-away URLs, and look at what comes to them", async () =>
    (await import("./commands/bins.ts")).binsCommand(),
  ),
  client("receipts", "list, show and explain what sources did not take", async () =>
    (await import("./commands/receipts.ts")).receiptsCommand(),
  ),
  client("schemes", "list the schemes that a source may have, and what each asks for", async () =>
    (await import("./commands/schemes.ts")).schemesCommand(),
  ),
  client("trigger", "send a receiver what a provider would, and more", async () =>
    (await import("./commands/trigger.ts")).triggerCommand(),
  ),
  client("explain", "show what a hook's rule says of a stored request, part by part", async () =>
    (await import("./commands/explain.ts")).explainCommand(),
  ),
  client("cluster", "show who shares the store, and what is wrong", async () =>
    (await import("./commands/cluster.ts")).clusterCommand(),
  ),
  client("keys", "list, make, rotate and revoke keys", async () => (await import("./commands/keys.ts")).keysCommand()),
  client("portal-link", "make a link that shows one tenant its own endpoints and events", async () =>
    (await import("./commands/portal-link.ts")).portalLinkCommand(),
  ),
  client("stats", "show delay, count and success rate of deliveries", async () =>
    (await import("./commands/stats.ts")).statsCommand(),
  ),
  client("attempts", "list attempts", async () => (await import("./commands/attempts.ts")).attemptsCommand()),
];

function server(name: string, summary: string, load: CommandEntry["load"]): CommandEntry {
  return { name, summary, side: "server", load };
}

function client(name: string, summary: string, load: CommandEntry["load"]): CommandEntry {
  return { name, summary, side: "client", load };
}
