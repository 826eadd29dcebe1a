import type { Command } from "commander";
import { duration, integer } from "../../config/option-kinds.ts";
import type { AfterError } from "../../sdk/process.ts";
import type { TrotlineEvent } from "../../sdk/wire.ts";
import { addServerFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { ClientFailure } from "../failure-text.ts";
import { listFlag, textArgument, textFlag, valueFlag } from "../flags.ts";
import { jsonOf } from "../raw-json.ts";
import { CommandFailure, runCommand } from "../run-command.ts";
import { inSession, type Session } from "../session.ts";

interface Flags extends ClientFlags {
  readonly exec: string;
  readonly types?: readonly string[];
  readonly filter?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly tenant?: string;
  readonly lease?: number;
  readonly concurrency?: number;
  readonly retries?: number;
  readonly skipFailed?: boolean;
}

const concurrencyMax = 1000;
const retriesMax = 1_000_000;

/** `trotline consume NAME --exec COMMAND`: at least once for each event, as a named consumer. */
export function consumeCommand(): Command {
  const command = clientCommand("consume", {
    summary: "run a command for each event, as a named consumer",
    example: `trotline consume billing --types 'order.*' --exec './bill.sh'`,
  })
    .addArgument(textArgument("name", "name of the consumer, which is made if it is not there"))
    .addOption(
      textFlag(
        "--exec <command>",
        "run by `sh -c`, the event's JSON on its input; exit 0 acknowledges it",
      ).makeOptionMandatory(),
    )
    .addOption(listFlag("--types <patterns>", "only these types, such as order.*,invoice.paid"))
    .addOption(textFlag("--filter <cel>", "only events for which this CEL expression is true"))
    .addOption(textFlag("--subject <subject>", "only events about this"))
    .addOption(textFlag("--from <place>", "where a new consumer begins: earliest, latest, a cursor, an id, time:…"))
    .addOption(textFlag("--tenant <tenant>", "whose events"))
    .addOption(
      valueFlag("--lease", duration({ min: "1s", max: "1h" }), "how long one that died keeps others away; default 1m"),
    )
    .addOption(
      valueFlag("--concurrency", integer({ min: 1, max: concurrencyMax }), "commands that run at once; default 1"),
    )
    .addOption(
      valueFlag("--retries", integer({ min: 0, max: retriesMax }), "runs after the first that fails; default no end"),
    )
    .option("--skip-failed", "when the retries are used up, go on with the next event; stop if absent");
  return addServerFlags(command).action((name: string, flags: Flags) =>
    inSession(flags, (session) => consume(session, name, flags)),
  );
}

async function consume(session: Session, name: string, flags: Flags): Promise<void> {
  const { exec, types, filter, subject, from, tenant, lease: leaseMs, concurrency, retries, skipFailed } = flags;
  const { client, signal, note } = session;
  const onError = (error: unknown, event: TrotlineEvent, attempt: number): AfterError => {
    if (!(error instanceof CommandFailure)) throw error;
    if (signal.aborted) return "stop";
    const isLast = retries !== undefined && attempt > retries;
    const then = !isLast ? "It is run again." : skipFailed ? "The event is skipped." : "";
    note(`The command failed for ${event.id}, run ${attempt}: ${error.message}. ${then}`.trim());
    if (!isLast) return "retry";
    if (skipFailed) return "skip";
    throw new ClientFailure(`Stopped at ${event.id}, which is not acknowledged.`, [
      "It comes again at the next start; --skip-failed goes on without it.",
    ]);
  };
  const reading = { types, filter, subject, from, tenant, leaseMs };
  const options = { ...reading, concurrency, signal, onError, processingMsMax: Infinity };
  await client.process(name, options, (event) =>
    runCommand({
      command: exec,
      input: Buffer.concat([Buffer.from(jsonOf(event)), newline]),
      env: envOf(event),
      signal,
    }),
  );
}

const newline = Buffer.from("\n");

const envOf = (event: TrotlineEvent): Record<string, string> => ({
  TROTLINE_EVENT_ID: event.id,
  TROTLINE_EVENT_TYPE: event.type,
  TROTLINE_EVENT_SUBJECT: event.subject ?? "",
  TROTLINE_EVENT_CURSOR: event.cursor,
  TROTLINE_EVENT_TENANT: event.tenant,
});
