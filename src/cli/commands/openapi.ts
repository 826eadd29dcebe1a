import { Command } from "commander";
import { createApp } from "../../app.ts";
import { resolveConfig } from "../../config/resolve-config.ts";
import { openApiText } from "../../http/openapi.ts";
import { listRoutes } from "../../http/server.ts";
import { systemLogger } from "../../platform/logger.ts";
import { appOptions } from "../app-options.ts";

/** `trotline openapi`: the document of the HTTP interface, for generators of clients. */
export function openApiCommand(): Command {
  return new Command("openapi").description("print the OpenAPI document of the HTTP interface").action(async () => {
    const defaults = await resolveConfig({ flags: {}, env: {}, readFile: () => Promise.reject(new Error("no file")) });
    const options = appOptions(defaults.config, systemLogger({ level: "silent" }));
    const app = await createApp({ ...options, store: "memory" });
    try {
      process.stdout.write(`${openApiText(await listRoutes(app), [])}\n`);
    } finally {
      await app.close();
    }
  });
}
