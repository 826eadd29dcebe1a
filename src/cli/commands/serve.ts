import { flushCompileCache } from "node:module";
import { Command } from "commander";
import type { Logger } from "../../core/ports.ts";
import { refuseUnauthenticatedBind } from "../../http/listen-address.ts";
import { systemLogger } from "../../platform/logger.ts";
import { releaseMemory, releaseWhile } from "../../platform/release-memory.ts";
import { addConfigFlags, resolveFlags } from "../config-options.ts";
import { Serving } from "../serving.ts";

/** After the first requests, which wait for a start, and before there are many. */
const releaseAfterMs = 1000;

/** `trotline serve`, or `trotline` alone: runs the server until a signal ends it. */
export function serveCommand(version: string): Command {
  const command = new Command("serve").description("run the server (the default)").allowExcessArguments(false);
  return addConfigFlags(command).action(async (flags: Record<string, string>) => {
    const { config } = await resolveFlags(flags);
    refuseUnauthenticatedBind(config); // Before anything is written.
    const logger = systemLogger({ level: config.logLevel, format: config.logFormat });
    const onFirstKey = (key: string): void => void process.stdout.write(firstKeyText(key));
    const serving = await Serving.start({ config, logger, onFirstKey });
    stopOnSignal(serving, logger); // Before the address is out: whoever reads it may stop the server at once.
    process.stdout.write(startedText(serving.url, { version, auth: config.auth }));
    flushCompileCache(); // Now, because a process that is killed does not do it at its end.
    setTimeout(releaseMemory, releaseAfterMs).unref();
    releaseWhile(() => serving.isRefusing);
  });
}

const firstKeyText = (key: string): string =>
  `This store is new. Its admin key, which is shown only now and kept nowhere:\n\n  ${key}\n\n`;

function startedText(url: string, about: { readonly version: string; readonly auth: "keys" | "none" }): string {
  const auth = about.auth === "none" ? "No keys are asked for: everyone on this machine is admin.\n" : "";
  return `Trotline ${about.version} listens on ${url}
Its dashboard is at ${url}/
Its interface is described at ${url}/openapi.json
${auth}`;
}

/** The first signal ends what runs in order; a second one ends the process at once. */
function stopOnSignal(serving: Serving, logger: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, "Stopping. A second signal stops at once.");
    serving.close().then(
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
