import type { Command } from "commander";
import type { Diagnosis, Receipt, ReceiptOutcome } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { choiceFlag, limitFlag, textArgument } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import { type Column, shownText } from "../table.ts";

const outcomes = ["rejected", "duplicate", "handshake"] as const satisfies readonly ReceiptOutcome[];

const columns: readonly Column<Receipt>[] = [
  { title: "RECEIVED", of: (receipt) => receipt.received_at },
  { title: "ID", of: (receipt) => receipt.id },
  { title: "OUTCOME", of: (receipt) => receipt.outcome },
  { title: "CODE", of: (receipt) => receipt.code },
  { title: "ADDRESS", of: (receipt) => receipt.address },
  { title: "WHY", of: (receipt) => receipt.detail ?? receipt.event_id ?? "" },
];

/** `trotline receipts …`: what sources did not take. */
export function receiptsCommand(): Command {
  return clientGroup("receipts", "list, show and explain what sources did not take", [
    listCommand(),
    showCommand(),
    whyCommand(),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly outcome?: ReceiptOutcome;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list what a source did not take, newest first",
    example: "trotline receipts list github --outcome rejected",
  })
    .addArgument(textArgument("source", "name or id of the source"))
    .addOption(choiceFlag("--outcome", outcomes, "only these"))
    .addOption(limitFlag("most receipts to list; all if absent"));
  return addClientFlags(command).action((source: string, { outcome, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: ({ limit: pageLimit, after }) =>
          session.client.sources.receipts(
            source,
            { outcome, limit: pageLimit, before: after },
            { signal: session.signal },
          ),
      }),
    ),
  );
}

function showCommand(): Command {
  const command = clientCommand("show", {
    summary: "show a receipt with its request; credentials are hidden",
    example: "trotline receipts show rcp_01…",
  });
  return addClientFlags(command.addArgument(textArgument("id", "id of the receipt"))).action(
    (id: string, flags: ClientFlags) =>
      inSession(flags, async (session) =>
        printOne(session, await session.client.sources.receipt(id, { signal: session.signal })),
      ),
  );
}

function whyCommand(): Command {
  const command = clientCommand("why", {
    summary: "find out why a request was rejected, and what to do",
    example: "trotline receipts why rcp_01…",
  });
  return addClientFlags(command.addArgument(textArgument("id", "id of the receipt"))).action(
    (id: string, flags: ClientFlags) =>
      inSession(flags, async (session) => {
        const diagnosis = await session.client.sources.diagnosis(id, { signal: session.signal });
        if (session.output.isTable) await session.output.write(diagnosisText(diagnosis));
        else await printOne(session, diagnosis);
        return diagnosis.explained ? exitCodes.ok : exitCodes.failed;
      }),
  );
}

function diagnosisText({ explained, summary, causes }: Diagnosis): string {
  if (!explained) return `${shownText(summary)}\n`;
  return causes
    .map(({ code, sentence, advice }) => `${code}: ${shownText(sentence)}\n  ${shownText(advice)}\n`)
    .join("");
}
