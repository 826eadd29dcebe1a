/** Serves hooks files until a signal ends it, in the order of adnanh/webhook: port, user, files, hooks, requests. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { HooksServer } from "../http/hooks-server.ts";
import { tlsSettings } from "../http/hooks-server-tls.ts";
import { type HooksLog, hooksLog } from "../inbound/hooks-serving/hooks-log.ts";
import { readHooks } from "../inbound/hooks-serving/hooks-reading.ts";
import { LoadedHooks } from "../inbound/hooks-serving/loaded-hooks.ts";
import { WatchedFiles } from "../inbound/hooks-serving/watched-files.ts";
import { parseAllowList } from "../platform/allow-list.ts";
import { systemClock } from "../platform/clock.ts";
import { systemRandom } from "../platform/random.ts";
import { startHooksApp } from "./hooks-app.ts";
import { LogFile, removePidFile, writePidFile } from "./hooks-files.ts";
import type { HooksSettings } from "./hooks-flags.ts";
import { HooksStartError } from "./hooks-start-error.ts";

interface Parts {
  readonly settings: HooksSettings;
  readonly log: HooksLog;
  readonly logFile: LogFile | null;
}

export async function serveHooks(settings: HooksSettings, version: string): Promise<void> {
  let logFile: LogFile | null = null;
  const { isVerbose, isCompat } = settings;
  const write = (line: string): unknown => (logFile === null ? process.stderr.write(line) : logFile.write(line));
  const log = hooksLog({ isVerbose, isCompat, now: () => new Date(), write });
  const server = hooksServer(settings, log);
  const { host, port } = settings;
  const address = await server.listen(host, port).catch((error: Error) => {
    throw new HooksStartError(`error listening on port: ${error.message}`);
  });
  try {
    if (settings.user !== null) dropPrivileges(settings.user);
    if (settings.logFile !== null) logFile = openLog(settings.logFile);
    if (settings.pidFile !== null) claimPidFile(settings.pidFile);
    log.say(`version ${version} starting`);
    await serveFrom(server, address, { settings, log, logFile });
  } catch (error) {
    if (settings.pidFile !== null) removePidFile(settings.pidFile);
    if (logFile !== null && error instanceof HooksStartError && error.message !== "") log.say(error.message);
    await server.close(0);
    throw error;
  }
}

/** The port is open; the hooks are not loaded. */
async function serveFrom(server: HooksServer, address: string, parts: Parts): Promise<void> {
  const { settings, log } = parts;
  const { isTemplate, isCompat, allowed, hooksFiles: files } = settings;
  const reading = { isTemplate, isCompat, allowed, environment: process.env };
  const hooks = new LoadedHooks({ files, read: (file) => readHooks(file, reading), log });
  const watch = settings.isHotReload ? await watchFiles(hooks, parts) : null;
  reloadOnSignals(hooks, parts);
  try {
    await loadHooks(hooks, parts);
    const serving = await startHooksApp(hooks, parts, Number(address.slice(address.lastIndexOf(":") + 1)));
    server.serve({ hooks, receiving: serving.receiving });
    // Before the address is out: whoever reads it may stop the server at once.
    stopOnSignals(parts, async () => {
      watch?.close();
      await Promise.all([server.close(settings.shutdownGraceMs), serving.close()]);
    });
    process.stdout.write(serving.announcement);
    const url = `${settings.tls === null ? "http" : "https"}://${address}`;
    const path = settings.urlPrefix === "" ? "/{id}" : `/${settings.urlPrefix}/{id}`;
    log.say(`serving hooks on ${url}${path}`);
    if (!isCompat) process.stdout.write(`Trotline serves ${hooks.count} hook(s) on ${url}${path}\n`);
  } catch (error) {
    watch?.close();
    throw error;
  }
}

function hooksServer(settings: HooksSettings, log: HooksLog): HooksServer {
  const parts = { log, clock: systemClock(), random: systemRandom() };
  const trustedProxies = parseAllowList(settings.trustedProxies);
  return new HooksServer({ ...settings, ...parts, trustedProxies, tls: tlsOf(settings) });
}

function tlsOf({ tls }: HooksSettings) {
  if (tls === null) return null;
  const chosen = tlsSettings(tls.versionMin, tls.cipherSuites);
  if (typeof chosen === "string") throw new HooksStartError(chosen);
  const { certificateFile, keyFile } = tls;
  try {
    const served = { ...chosen, cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
    createSecureContext(served);
    return served;
  } catch (error) {
    const files = `\`${certificateFile}\` and the key \`${keyFile}\``;
    throw new HooksStartError(`The certificate ${files} cannot be served: ${(error as Error).message}`);
  }
}

function dropPrivileges({ userId, groupId }: { readonly userId: number; readonly groupId: number }): void {
  try {
    process.setgroups?.([]);
    process.setgid?.(groupId);
    process.setuid?.(userId);
  } catch (error) {
    throw new HooksStartError(`error dropping privileges: ${(error as Error).message}`);
  }
}

function openLog(path: string): LogFile {
  try {
    return new LogFile(path);
  } catch (error) {
    throw new HooksStartError(`error opening log file ${JSON.stringify(path)}: ${(error as Error).message}`);
  }
}

function claimPidFile(path: string): void {
  try {
    writePidFile(path);
  } catch (error) {
    throw new HooksStartError(`Error creating pidfile: ${(error as Error).message}`);
  }
}

async function loadHooks(hooks: LoadedHooks, { settings }: Parts): Promise<void> {
  const problems = await hooks.loadAll().catch((error: Error) => {
    throw new HooksStartError(settings.isCompat && !settings.isVerbose ? "" : error.message);
  });
  if (!settings.isCompat && problems.length > 0) {
    const advice = "`trotline check FILE` says more of each; `--compat` serves what adnanh/webhook would.";
    throw new HooksStartError([...problems, advice].join("\n"));
  }
  if (hooks.count === 0 && !settings.isVerbose && !settings.noPanic) throw new HooksStartError(noHooksText, true);
}

const noHooksText =
  "couldn't load any hooks from file!\naborting webhook execution since the -verbose flag is set to false.\n" +
  "If, for some reason, you want webhook to start without the hooks, either use -verbose flag, or -nopanic";

function watchFiles(hooks: LoadedHooks, { settings, log }: Parts): Promise<WatchedFiles> {
  return WatchedFiles.start({
    files: settings.hooksFiles,
    onChange: async (file, what) => {
      log.say(what === "changed" ? `hooks file ${file} modified` : `hooks file ${file} removed`);
      await (what === "changed" ? hooks.reload(file) : hooks.remove(file));
    },
  });
}

/** Before the hooks are loaded: a process that listens to no SIGHUP is ended by it. */
function reloadOnSignals(hooks: LoadedHooks, { log, logFile }: Parts): void {
  log.say("setting up os signal watcher");
  const reload = (signal: NodeJS.Signals): void => {
    log.say(`caught ${signal === "SIGHUP" ? "HUP" : "USR1"} signal`);
    logFile?.reopen();
    void hooks.reloadAll();
  };
  process.on("SIGHUP", reload);
  process.on("SIGUSR1", reload);
  log.say("os signal watcher ready");
}

function stopOnSignals({ settings, log }: Parts, close: () => Promise<void>): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.say(`caught ${signal === "SIGTERM" ? "terminated" : "interrupt"} signal; exiting`);
    close().then(
      () => end(settings, 0),
      (error: Error) => {
        log.warn(`the stop failed: ${error.message}`);
        end(settings, 1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function end({ pidFile }: HooksSettings, code: number): void {
  if (pidFile !== null) removePidFile(pidFile);
  process.exit(code);
}
