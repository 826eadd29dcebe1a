import type { Command } from "commander";
import { duration } from "../../config/option-kinds.ts";
import type { Bin, BinChange, NewBinAnswer } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, textArgument, textFlag, valueFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { forwardCommand, requestCommand, requestsCommand } from "./bin-requests.ts";

const columns: readonly Column<Bin>[] = [
  { title: "ID", of: (bin) => bin.id },
  { title: "TENANT", of: (bin) => bin.tenant },
  { title: "EXPIRES", of: (bin) => bin.expires_at },
  { title: "DESCRIPTION", of: (bin) => bin.description },
  { title: "URL", of: (bin) => bin.url },
];

/** `trotline bins …`: throw-away URLs to look at requests. */
export function binsCommand(): Command {
  return clientGroup("bins", "make throw-away URLs, and look at what comes to them", [
    createCommand(),
    listCommand(),
    aboutOne({ name: "show", summary: "show a bin, and what it has taken" }, async (session, bin) =>
      printOne(session, await session.client.bins.get(bin, { signal: session.signal })),
    ),
    changeCommand(),
    requestsCommand(),
    requestCommand(),
    forwardCommand(),
    aboutOne({ name: "reset", summary: "begin the sequence of its answers anew" }, async (session, bin) =>
      printOne(session, await session.client.bins.reset(bin, { signal: session.signal })),
    ),
    aboutOne({ name: "delete", summary: "delete a bin; its requests are shown no more" }, deleteBin),
  ]);
}

interface SettingFlags extends ClientFlags {
  readonly description?: string;
  readonly answer?: string;
  readonly cors?: boolean;
  readonly expiresIn?: number;
}

const addSettings = (command: Command): Command =>
  command
    .addOption(textFlag("--description <text>", "for people"))
    .addOption(textFlag("--answer <answer>", "statuses in turn, such as 500,500,200; or JSON; or none"))
    .option("--cors", "let pages of every origin send, and read the answer")
    .option("--no-cors", "let them not")
    .addOption(valueFlag("--expires-in", duration({ min: "1m", max: "30d" }), "how long it lasts from now on"));

function settingsOf({ description, answer, cors, expiresIn }: SettingFlags): BinChange {
  return {
    ...(description !== undefined && { description }),
    ...(answer !== undefined && { answer: answerOf(answer) }),
    ...(cors !== undefined && { cors }),
    ...(expiresIn !== undefined && { expires_in_ms: expiresIn }),
  };
}

/** Each status once, the last from then on. */
function answerOf(text: string): NonNullable<BinChange["answer"]> | null {
  if (text === "none") return null;
  if (/^\d{3}(,\d{3})*$/.test(text)) return text.split(",").map((status): NewBinAnswer => ({ status: Number(status) }));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--answer is neither statuses, such as 500,500,200, nor JSON: ${(error as Error).message}.`);
  }
}

function createCommand(): Command {
  const command = clientCommand("create", {
    summary: "make a bin; nothing needs to be said of it",
    example: "trotline bins create --answer 500,500,200",
  }).addOption(textFlag("--tenant <tenant>", "whose it is"));
  return addClientFlags(addSettings(command)).action(({ tenant, ...flags }: SettingFlags & { tenant?: string }) => {
    const wanted = { ...settingsOf(flags), ...(tenant !== undefined && { tenant }) };
    return inSession(flags, async (session) =>
      printOne(session, await session.client.bins.create(wanted, { signal: session.signal })),
    );
  });
}

function changeCommand(): Command {
  const command = clientCommand("change", {
    summary: "change a bin; what is not named stays",
    example: "trotline bins change bin_01… --answer 503 --expires-in 1d",
  }).addArgument(binArgument());
  return addClientFlags(addSettings(command)).action(async (bin: string, flags: SettingFlags) => {
    const change = settingsOf(flags);
    if (Object.keys(change).length === 0) throw new UsageError("`bins change` needs to know what to change.");
    await inSession(flags, async (session) =>
      printOne(session, await session.client.bins.update(bin, change, { signal: session.signal })),
    );
  });
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", { summary: "list bins, oldest first", example: "trotline bins list" })
    .addOption(textFlag("--tenant <tenant>", "only this tenant's"))
    .addOption(limitFlag("most bins to list; all if absent"));
  return addClientFlags(command).action(({ tenant, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.bins.list({ tenant, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

async function deleteBin({ client, signal, output }: Session, bin: string): Promise<void> {
  await client.bins.delete(bin, { signal });
  if (output.isTable) await output.write(`Deleted ${bin}.\n`);
}

function aboutOne(
  about: { readonly name: string; readonly summary: string },
  work: (session: Session, bin: string) => Promise<void>,
): Command {
  const command = clientCommand(about.name, { ...about, example: `trotline bins ${about.name} bin_01…` });
  return addClientFlags(command.addArgument(binArgument())).action((bin: string, flags: ClientFlags) =>
    inSession(flags, (session) => work(session, bin)),
  );
}

const binArgument = () => textArgument("bin", "id or name of the bin");
