/** One run of a client command: the server, the terminal, and how the run ends. */
import { Trotline } from "../sdk/client.ts";
import { settingsOf, type TrotlineOptions } from "../sdk/options.ts";
import { Transport } from "../sdk/transport.ts";
import type { ClientFlags } from "./client-command.ts";
import { clientFailure } from "./client-failure.ts";
import { type Connection, findConnection } from "./connection.ts";
import { exitCodes } from "./exit-codes.ts";
import { ClientFailure } from "./failure-text.ts";
import { type Output, systemOutput } from "./output.ts";
import { type Progress, systemProgress } from "./progress.ts";
import { parseRemembering } from "./raw-json.ts";
import { shownText } from "./table.ts";

export interface Session {
  readonly connection: Connection;
  readonly client: Trotline;
  /** Below the client, for what is sent as it was written. */
  readonly transport: Transport;
  readonly output: Output;
  readonly progress: Progress;
  /** Aborted by a signal to this process, and when the output takes no more. */
  readonly signal: AbortSignal;
  /** A sentence on the standard error output. */
  note(sentence: string): void;
}

/**
 * `work` answers an exit code; anything else means that all is well. Rejects with what `failureText` can tell. Where it
 * is endless, a server that goes away is waited for, however long that takes.
 */
export async function inSession(
  flags: ClientFlags,
  work: (session: Session) => Promise<unknown>,
  how: { readonly isEndless?: boolean } = {},
): Promise<void> {
  const connection = await findConnection(flags, process.env);
  const stop = new AbortController();
  const progress = systemProgress(process.stderr);
  const note = (sentence: string): void => {
    progress.clear();
    process.stderr.write(`trotline: ${shownText(sentence)}\n`);
  };
  process.stderr.on("error", () => {}); // Nobody is left to be told.
  const output = systemOutput({
    isJson: flags.json === true,
    onClosed: (failure) => stop.abort(failure ?? new Error("nobody reads the output")),
  });
  const signals = stopOnSignals(stop);
  try {
    const options = { ...clientOptions(connection, note), ...(how.isEndless && { retry: endlessRetry }) };
    const transport = new Transport(settingsOf(options));
    const client = new Trotline(options);
    const result = await work({ connection, client, transport, output, progress, signal: stop.signal, note });
    process.exitCode = signals.exitCode() ?? (typeof result === "number" ? result : exitCodes.ok);
  } catch (error) {
    // Whatever was under way when the run was stopped fails because of that.
    if (!stop.signal.aborted) throw clientFailure(error, connection);
    process.exitCode = signals.exitCode() ?? exitCodes.ok;
  } finally {
    progress.clear();
    signals.forget();
  }
  if (stop.signal.reason instanceof ClientFailure) throw stop.signal.reason;
}

const codesOfSignals = [
  ["SIGHUP", exitCodes.hungUp],
  ["SIGINT", exitCodes.interrupted],
  ["SIGTERM", exitCodes.terminated],
] as const;

/** The first signal stops in order; a second one ends the process at once. */
export function stopOnSignals(stop: AbortController): { exitCode(): number | undefined; forget(): void } {
  let code: number | undefined;
  const handlers = codesOfSignals.map(([signal, exitCode]) => {
    const handler = (): void => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      stop.abort(new Error("stopped by a signal"));
    };
    return [signal, handler] as const;
  });
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    exitCode: () => code,
    forget: () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

const endlessRetry = { attemptsMax: Number.POSITIVE_INFINITY, totalMsMax: Number.POSITIVE_INFINITY };

/**
 * A server that was never met is not waited for: its address is wrong, or it has to be started. One that was met, and
 * went away, comes back.
 */
function clientOptions({ url, key }: Connection, note: (sentence: string) => void): TrotlineOptions {
  let wasMet = false;
  let noted = "";
  return {
    url,
    ...(key !== null && { key }),
    parseJson: parseRemembering,
    fetch: async (address, init) => {
      const response = await fetch(address, init);
      wasMet = true;
      if (response.ok) noted = "";
      return response;
    },
    onRetry: ({ error }) => {
      if (!wasMet) throw error;
      if (error.message !== noted) note(`${error.message.replace(/\.$/, "")}. Trying again.`);
      noted = error.message;
    },
  };
}
