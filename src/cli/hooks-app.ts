/** The app behind a server of hooks: its store, a lane for each hook, and the handler that runs their commands. */
import { homedir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../app.ts";
import type { Config } from "../config/options.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { type HandlerContext, type HandlerEvent, HandlerFailure } from "../core/handler.ts";
import { type RunningServer, startServer } from "../http/server.ts";
import { HookLanes, hooksHandler, lanesRefusal } from "../inbound/hooks-serving/hook-lanes.ts";
import { HookQueue } from "../inbound/hooks-serving/hook-queue.ts";
import { HookReceiving } from "../inbound/hooks-serving/hook-receiving.ts";
import { HookRuns } from "../inbound/hooks-serving/hook-runs.ts";
import type { HooksLog } from "../inbound/hooks-serving/hooks-log.ts";
import type { LoadedHooks } from "../inbound/hooks-serving/loaded-hooks.ts";
import { systemLogger } from "../platform/logger.ts";
import { ProcessRunner } from "../platform/process-runner.ts";
import { systemRandom } from "../platform/random.ts";
import { appOptions } from "./app-options.ts";
import { concurrencyMax, type HooksSettings } from "./hooks-flags.ts";
import { HooksStartError } from "./hooks-start-error.ts";

/** No command is given it, whatever else of the environment is passed on. */
const adminKeyVariable = "TROTLINE_ADMIN_KEY";
/** From SIGTERM to SIGKILL, for a command whose time is up or that outlasts the server. */
const killGraceMs = 2000;
/** Bytes of requests that are kept; the oldest go first. */
const keptBytesMax = 4 * 1024 ** 3;
/** Of one command's output, where it is answered. */
const outputBytesMax = 1024 * 1024;
/** Commands of all hooks at once. */
const runsMax = 2048;
const compatOutputBytesMax = 64 * 1024 * 1024;

export interface HooksApp {
  readonly receiving: HookReceiving;
  /** Of Trotline's own interface, where it was asked for: where it listens, and the key that a new store was given. */
  readonly announcement: string;
  /** Lets what runs end for as long as the grace lasts; what does not is ended, and runs again at the next start. */
  close(): Promise<void>;
}

export async function startHooksApp(
  hooks: LoadedHooks,
  { settings, log }: { readonly settings: HooksSettings; readonly log: HooksLog },
  port: number,
): Promise<HooksApp> {
  const { isCompat, allowed, timeoutMs, concurrency, queueLengthMax } = settings;
  const folder = settings.dataFolder ?? join(stateFolder(), `hooks-${port}`);
  const isKept = folder !== "memory";
  const queue = new HookQueue();
  const runner = new ProcessRunner({ folder: isKept ? join(folder, "hook-files") : null, killGraceMs });
  const random = systemRandom();
  const runs = new HookRuns({
    runner,
    log,
    random,
    allowed,
    isCompat,
    environment: { ...process.env, [adminKeyVariable]: undefined },
    timeoutMs,
    outputBytesMax: isCompat ? compatOutputBytesMax : outputBytesMax,
    queue,
    hooks,
  });
  const handle = async (event: HandlerEvent, context: HandlerContext) => {
    const { failure, exitStatus, output } = await runs.run(event);
    context.write(output);
    const status = exitStatus === null ? {} : { status: exitStatus };
    if (failure === null) return status;
    throw new HandlerFailure(failure.sentence, { errorClass: failure.errorClass, isEcho: true, ...status });
  };
  const config = await hooksConfig(settings);
  const app = await openApp(isKept ? folder : null, config, handle);
  let api: RunningServer | null = null;
  const close = async (): Promise<void> => {
    await Promise.all([api?.close(), app.close()]);
    await runner.close();
  };
  const lanes = new HookLanes({ registry: app.registry, events: app.store.events, concurrency, timeoutMs });
  try {
    if (settings.apiPort !== null) api = await startServer(app, { ...config, port: settings.apiPort });
    await lanes.start();
  } catch (error) {
    await close();
    throw error;
  }
  const receiving = new HookReceiving({
    events: app.store.events,
    queue,
    requireLane: (hookId) => lanes.require(hookId),
    log,
    clock: app.clock,
    random,
    allowed,
    queueLengthMax,
    searchPath: process.env.PATH ?? "",
  });
  return { receiving, announcement: api === null ? "" : announcementOf(app, api), close };
}

type Handle = (event: HandlerEvent, context: HandlerContext) => Promise<{ readonly status?: number }>;

/** Of the environment nothing counts but the key: the rest is for `trotline serve`. */
async function hooksConfig({ shutdownGraceMs }: HooksSettings): Promise<Config> {
  const { [adminKeyVariable]: adminKey } = process.env;
  const env = { [adminKeyVariable]: adminKey };
  const { config } = await resolveConfig({ flags: {}, env, readFile: () => Promise.resolve(new Uint8Array(0)) });
  return { ...config, shutdownGraceMs, retentionBytes: keptBytesMax };
}

function announcementOf({ firstKey }: App, { url }: RunningServer): string {
  const key = firstKey === null ? "" : `This store is new. Its admin key, shown only now: ${firstKey}\n`;
  return `${key}Trotline's interface listens on ${url}\n`;
}

async function openApp(folder: string | null, config: Config, handle: Handle): Promise<App> {
  const logger = systemLogger({ level: "warn" });
  try {
    return await createApp({
      ...appOptions(config, logger),
      capacity: { perProcess: runsMax, perTenant: runsMax, perOrigin: concurrencyMax },
      store: folder === null ? "memory" : { folder, bytesMax: null },
      handlers: { [hooksHandler]: handle },
      refusal: lanesRefusal,
    });
  } catch (error) {
    const advice = "`--data FOLDER` keeps them elsewhere, and `--data memory` nowhere.";
    throw new HooksStartError(`Requests cannot be kept in ${folder}: ${(error as Error).message} ${advice}`);
  }
}

/** Where a program of this user keeps what must outlive it. */
function stateFolder(): string {
  const { STATE_DIRECTORY: ofService, XDG_STATE_HOME: ofUser } = process.env;
  if (ofService !== undefined && ofService !== "") return ofService.split(":")[0] ?? ofService;
  if (ofUser !== undefined && ofUser !== "") return join(ofUser, "trotline");
  return process.getuid?.() === 0 ? "/var/lib/trotline" : join(homedir(), ".local/state/trotline");
}
