import { flushCompileCache } from "node:module";
import { Command } from "commander";
import { type App, createApp } from "../../app.ts";
import type { Config } from "../../config/options.ts";
import type { Logger } from "../../core/ports.ts";
import { refuseUnauthenticatedBind } from "../../http/listen-address.ts";
import { type RunningServer, startServer } from "../../http/server.ts";
import { systemLogger } from "../../platform/logger.ts";
import { releaseMemory } from "../../platform/release-memory.ts";
import { appOptions } from "../app-options.ts";
import { addConfigFlags, resolveFlags } from "../config-options.ts";
import { exitCodes } from "../exit-codes.ts";
import { failureText, openingFailure } from "../failure-text.ts";

/** After the first requests, which wait for a start, and before there are many. */
const releaseAfterMs = 1000;

/** For answers that are under way, where the store is another's. */
const lostGraceMs = 1000;

/** `trotline serve`, or `trotline` alone: runs the server until a signal ends it. */
export function serveCommand(version: string): Command {
  const command = new Command("serve").description("run the server (the default)").allowExcessArguments(false);
  return addConfigFlags(command).action(async (flags: Record<string, string>) => {
    const { config } = await resolveFlags(flags);
    refuseUnauthenticatedBind(config); // Before anything is written.
    const logger = systemLogger({ level: config.logLevel, format: config.logFormat });
    const app = await openApp(config, logger);
    if (app === null) return;
    // Before listening, which may fail: the key is stored by now, and never shown again.
    if (app.firstKey !== null) process.stdout.write(firstKeyText(app.firstKey));
    const server = await listen(app, config);
    stopOnSignal(server, app, logger); // Before the address is out: whoever reads it may stop the server at once.
    stopWhenLost(server, app);
    process.stdout.write(startedText(server.url, { version, auth: config.auth }));
    flushCompileCache(); // Now, because a process that is killed does not do it at its end.
    setTimeout(releaseMemory, releaseAfterMs).unref();
  });
}

/** Null where a signal came while another process had the store, or while this one was taking it over. */
async function openApp(config: Config, logger: Logger): Promise<App | null> {
  const options = appOptions(config, logger);
  if (options.store === "memory" || !("url" in options.store)) return createApp(options);
  const stop = new AbortController();
  const { signal } = stop;
  const endWait = (): void => stop.abort();
  const onStandby = (who: { readonly holder: string; readonly sinceMs: number }): void => {
    process.on("SIGINT", endWait);
    process.on("SIGTERM", endWait);
    process.stdout.write(standbyText(who.holder, who.sinceMs));
  };
  try {
    const app = await createApp({ ...options, store: { ...options.store, onStandby, signal } });
    if (!signal.aborted) return app;
    await app.close(); // It came when the wait was over already.
    return null;
  } catch (error) {
    if (signal.aborted) return null;
    throw openingFailure(error);
  } finally {
    process.off("SIGINT", endWait);
    process.off("SIGTERM", endWait);
  }
}

const standbyText = (holder: string, sinceMs: number): string =>
  `The store belongs to the process ${holder} since ${new Date(sinceMs).toISOString()}.\n` +
  "This one stands by, and takes over when that one ends or is not heard of any more.\n";

async function listen(app: App, config: Config): Promise<RunningServer> {
  try {
    return await startServer(app, config);
  } catch (error) {
    await app.close();
    throw error;
  }
}

const firstKeyText = (key: string): string =>
  `This store is new. Its admin key, which is shown only now and kept nowhere:\n\n  ${key}\n\n`;

function startedText(url: string, about: { readonly version: string; readonly auth: "keys" | "none" }): string {
  const auth = about.auth === "none" ? "No keys are asked for: everyone on this machine is admin.\n" : "";
  return `Trotline ${about.version} listens on ${url}\nIts interface is described at ${url}/openapi.json\n${auth}`;
}

/** The first signal ends what runs in order; a second one ends the process at once. */
function stopOnSignal(server: RunningServer, app: App, logger: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, "Stopping. A second signal stops at once.");
    closeAll(server, app).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, "The stop failed.");
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** What this process knows may be out of date from now on: it ends, and whoever started it starts it again. */
function stopWhenLost(server: RunningServer, app: App): void {
  app.store.onLost?.((error) => {
    process.stderr.write(`${failureText(error)}\n`);
    const end = (): never => process.exit(exitCodes.storeLost);
    closeAll(server, app).then(end, end);
    setTimeout(end, lostGraceMs); // What waits to be journalled never will be.
  });
}

/** Both at once, within one grace: a request may wait for an attempt that only the app can end. */
async function closeAll(server: RunningServer, app: App): Promise<void> {
  await Promise.all([server.close(), app.close()]);
}
