/** `trotline bins requests`, `request` and `forward`: what came to a bin. */
import type { Command } from "commander";
import type { BinRequestSummary, Page } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne, rowPrinter } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";

const columns: readonly Column<BinRequestSummary>[] = [
  { title: "RECEIVED", of: (request) => request.received_at },
  { title: "METHOD", of: (request) => request.method },
  { title: "PATH", of: (request) => request.path || "/" },
  { title: "BYTES", of: (request) => request.body_bytes },
  { title: "TYPE", of: (request) => request.content_type ?? "" },
  { title: "ANSWERED", of: (request) => request.answered?.status ?? "" },
  { title: "ID", of: (request) => request.id },
];

/** Seconds that the server is asked to wait for the next one. */
const waitSeconds = 30;

interface RequestsFlags extends ClientFlags {
  readonly method?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly follow?: boolean;
}

export function requestsCommand(): Command {
  const command = clientCommand("requests", {
    summary: "list what came to a bin, newest first; with --follow, as it comes",
    example: "trotline bins requests bin_01… --follow",
  })
    .addArgument(textArgument("bin", "id or name of the bin"))
    .addOption(textFlag("--method <method>", "only with this method"))
    .addOption(textFlag("--text <text>", "only with this in path, headers, body or note"))
    .addOption(limitFlag("most requests to list; all if absent"))
    .option("--follow", "only what comes from now on, until it is stopped");
  return addClientFlags(command).action((bin: string, { method, text, limit, follow, ...flags }: RequestsFlags) => {
    const asked = { bin, method, text };
    if (follow) return inSession(flags, (session) => followRequests(session, asked), { isEndless: true });
    return inSession(flags, (session) =>
      printList(session, { columns, limit: limit ?? null, page: (query) => olderPage(session, asked, query) }),
    );
  });
}

interface Asked {
  readonly bin: string;
  readonly method: string | undefined;
  readonly text: string | undefined;
}

async function olderPage(
  { client, signal }: Session,
  { bin, ...selection }: Asked,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<Page<BinRequestSummary>> {
  return client.bins.requests(bin, { ...selection, limit, before: after }, { signal });
}

async function followRequests(session: Session, { bin, ...selection }: Asked): Promise<void> {
  const { client, signal } = session;
  const rows = rowPrinter(session, columns);
  let after = (await client.bins.requests(bin, { limit: 1 }, { signal })).live_cursor;
  while (!signal.aborted) {
    const page = await client.bins.requests(bin, { ...selection, after, wait: waitSeconds }, { signal });
    await rows.print(page.data);
    after = page.next_cursor;
  }
}

const aboutRequest = (command: Command): Command =>
  command
    .addArgument(textArgument("bin", "id or name of the bin"))
    .addArgument(textArgument("request", "id of the request"));

export function requestCommand(): Command {
  const command = clientCommand("request", {
    summary: "show one request, with headers and body",
    example: "trotline bins request bin_01… evt_01…",
  });
  return addClientFlags(aboutRequest(command)).action((bin: string, request: string, flags: ClientFlags) =>
    inSession(flags, async (session) =>
      printOne(session, await session.client.bins.request(bin, request, {}, { signal: session.signal })),
    ),
  );
}

export function forwardCommand(): Command {
  const command = clientCommand("forward", {
    summary: "have the server send one request to another URL, and show what comes of it",
    example: "trotline bins forward bin_01… evt_01… --to https://example.com/webhooks",
  });
  aboutRequest(command).addOption(textFlag("--to <url>", "where to send it").makeOptionMandatory());
  return addClientFlags(command).action(
    (bin: string, request: string, { to, ...flags }: ClientFlags & { to: string }) =>
      inSession(flags, async (session) =>
        printOne(session, await session.client.bins.forward(bin, request, to, { signal: session.signal })),
      ),
  );
}
