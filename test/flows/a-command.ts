/** A server that may run the programs of a folder, and endpoints that run them, for tests of commands. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { type Answer, aServer, type TestServer } from "./a-server.ts";

export interface CommandScene extends TestServer {
  /** Of the programs that may be run. */
  readonly folder: string;
  /** A script of `sh`; its path. */
  script(name: string, text: string): string;
  /** An endpoint that runs a program; its id. */
  command(command: object, settings?: object): Promise<string>;
  publish(data: unknown, members?: object): Promise<string>;
  /** The attempts of an endpoint, oldest first, once there are so many. */
  attempts(id: string, count: number): Promise<AttemptBody[]>;
  /** A file of the folder, once it is there and ends with a line feed. */
  text(name: string): Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
type AttemptBody = any;

export async function aCommandScene(
  context: Pick<TestContext, "after">,
  app: Partial<AppOptions> = {},
): Promise<CommandScene> {
  const folder = aFolder();
  const server = await aServer(context, { app: { allowCommands: [folder], ...app } });
  const { ask } = server;
  return {
    ...server,
    folder,
    script: (name, text) => aScript(folder, name, text),
    command: async (command, settings = {}) => {
      const body = { kind: "command", command, retry_delays_ms: [], ...settings };
      return made(await ask("POST /v1/endpoints", { body }));
    },
    publish: async (data, members = {}) =>
      (await ask("POST /v1/events", { body: { type: "order.paid", data, ...members } })).body.id,
    attempts: (id, count) =>
      eventually(`${count} attempts`, async () => {
        const { body } = await ask(`GET /v1/attempts?endpoint_id=${id}&limit=1000`);
        return body.data.length >= count ? body.data.reverse() : undefined;
      }),
    text: (name) =>
      eventually(`the file ${name}`, () => {
        const path = join(folder, name);
        const text = existsSync(path) ? readFileSync(path, "utf8") : "";
        return text.endsWith("\n") ? text : undefined;
      }),
  };
}

export const aFolder = (): string => temporaryFolder("commands");

export function aScript(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function made({ status, body, text }: Answer): string {
  if (status !== 201) throw new Error(`${status}: ${text}`);
  return body.id;
}
