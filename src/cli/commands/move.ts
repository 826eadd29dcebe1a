import { Command } from "commander";
import { moveToPostgres } from "../../app-move.ts";
import { systemClock } from "../../platform/clock.ts";
import { systemLogger } from "../../platform/logger.ts";
import { exitCodes } from "../exit-codes.ts";
import { openingFailure } from "../failure-text.ts";
import { choiceFlag, textFlag } from "../flags.ts";
import { MoveOutput } from "../move-output.ts";
import { postgresUrl, sqliteFolder } from "../move-places.ts";
import { systemOutput } from "../output.ts";
import { systemProgress } from "../progress.ts";
import { stopOnSignals } from "../session.ts";

interface Flags {
  readonly from: string;
  readonly to?: string;
  readonly storeDurability?: "checked" | "trusted";
  readonly restart?: boolean;
  readonly json?: boolean;
}

/** `trotline move`: a whole store from SQLite to PostgreSQL, while no server runs on either. */
export function moveCommand(): Command {
  return new Command("move")
    .description("move a whole store from SQLite to PostgreSQL")
    .allowExcessArguments(false)
    .addOption(textFlag("--from <place>", "the store to move: sqlite: and its folder").makeOptionMandatory())
    .addOption(textFlag("--to <url>", "the database to move it to: postgres://… [TROTLINE_STORE]"))
    .addOption(choiceFlag("--store-durability", ["checked", "trusted"], "as for `serve`; checked if absent"))
    .option("--restart", "remove what a move that was not finished has copied, and begin again")
    .option("--json", "print a JSON line for each step, as when the output is not a terminal")
    .addHelpText(
      "after",
      "\nExample:\n  trotline move --from sqlite:./data --to postgres://trotline@db.example/trotline",
    )
    .action(move);
}

async function move(flags: Flags): Promise<void> {
  const places = { folder: sqliteFolder(flags.from), url: postgresUrl(flags.to, process.env) };
  const stop = new AbortController();
  const progress = systemProgress(process.stderr);
  process.stderr.on("error", () => {}); // Nobody is left to be told.
  // Nobody need read the output: the move goes on without.
  const output = systemOutput({ isJson: flags.json === true, onClosed: () => {} });
  const signals = stopOnSignals(stop);
  const shown = new MoveOutput(output, progress);
  try {
    const reports = await moveToPostgres({
      ...places,
      restart: flags.restart === true,
      durability: flags.storeDurability ?? "checked",
      clock: systemClock(),
      logger: systemLogger({ level: "warn", format: "auto" }),
      signal: stop.signal,
      onStep: shown.onStep,
    });
    await shown.end(reports);
    process.exitCode = exitCodes.ok;
  } catch (error) {
    progress.clear();
    if (!stop.signal.aborted) throw openingFailure(error);
    process.stderr.write("trotline: The move was interrupted; the same command goes on where it stopped.\n");
    process.exitCode = signals.exitCode() ?? exitCodes.failed;
  } finally {
    progress.clear();
    signals.forget();
  }
}
