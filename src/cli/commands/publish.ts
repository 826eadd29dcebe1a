import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Command } from "commander";
import { limits } from "../../core/limits.ts";
import { freshEventId } from "../../sdk/event-id.ts";
import type { PublishedEvent } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { textFlag } from "../flags.ts";
import { publishLines } from "../publish-lines.ts";
import { jsonOf } from "../raw-json.ts";
import { inSession, type Session } from "../session.ts";
import { UsageError } from "../usage-error.ts";

interface Flags extends ClientFlags {
  readonly type?: string;
  readonly data?: string;
  readonly id?: string;
  readonly subject?: string;
  readonly tenant?: string;
  readonly version?: string;
  readonly occurredAt?: string;
  readonly ndjson?: string;
}

/** What describes one event, and has no place beside `--ndjson`, whose lines say it themselves. */
const ofOneEvent = ["type", "data", "id", "subject", "tenant", "version", "occurredAt"] as const;

/** `trotline publish`: one event from flags, or NDJSON as a stream. */
export function publishCommand(): Command {
  const command = clientCommand("publish", {
    summary: "publish one event, or NDJSON of any length",
    example: `trotline publish --type order.paid --subject order/17 --data '{"total": 4200}'`,
  })
    .addOption(textFlag("--type <type>", "type of the event, such as order.paid"))
    .addOption(textFlag("--data <json>", "its data: JSON, @ and the name of a file, or - for the standard input"))
    .addOption(textFlag("--id <id>", "its id; made if absent"))
    .addOption(textFlag("--subject <subject>", "what it is about"))
    .addOption(textFlag("--tenant <tenant>", "whose event it is"))
    .addOption(textFlag("--version <version>", "version of the form of its data"))
    .addOption(textFlag("--occurred-at <time>", "when it happened (RFC 3339); now if absent"))
    .addOption(textFlag("--ndjson <file>", "events, one a line, from a file, or - for the standard input"));
  return addClientFlags(command).action(async (flags: Flags) => {
    if (flags.ndjson !== undefined) await publishFile(flags.ndjson, flags);
    else await publishOne(flags);
  });
}

async function publishFile(path: string, flags: Flags): Promise<void> {
  const other = ofOneEvent.find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    throw new UsageError(`--ndjson has all there is to say in its lines: it goes without --${dashed(other)}.`);
  }
  const { input, bytes } = await openInput(path, "--ndjson");
  await inSession(flags, (session) => publishLines(session, input, bytes));
}

async function publishOne(flags: Flags): Promise<void> {
  const { type, data } = flags;
  if (type === undefined || data === undefined) {
    throw new UsageError("`publish` needs --type and --data, or --ndjson.");
  }
  const id = flags.id ?? freshEventId(); // Made here, so that sending again stores once.
  const text = eventText({ ...flags, id, type }, await readData(data));
  await inSession(flags, async (session) => {
    const published = await session.transport.call<PublishedEvent>({
      method: "POST",
      path: "/v1/events",
      text,
      signal: session.signal,
      isAnswer: (json) => (json as Partial<PublishedEvent> | null)?.id === id,
    });
    await printPublished(session, published);
  });
}

/** `data` is put in as it was given: another parser's numbers would not be the publisher's. */
function eventText(event: Flags & { readonly id: string }, data: string): string {
  const { id, tenant, type, subject, version, occurredAt } = event;
  const head = JSON.stringify({ id, tenant, type, subject, version, occurred_at: occurredAt });
  return `${head.slice(0, -1)},"data":${data}}`;
}

async function printPublished({ output }: Session, published: PublishedEvent): Promise<void> {
  if (!output.isTable) await output.writeJsonLines([jsonOf(published)]);
  else {
    const note = published.duplicate ? " (it was stored before)" : "";
    await output.write(`Published ${published.id}${note}.\n`);
  }
}

async function readData(given: string): Promise<string> {
  const text = await dataText(given);
  try {
    JSON.parse(text);
  } catch (error) {
    const hint = given === text && /^[\w ]+$/.test(given) ? ` For a text, write '"${given}"'.` : "";
    throw new UsageError(`--data is not JSON: ${(error as Error).message}.${hint}`);
  }
  return text;
}

async function dataText(given: string): Promise<string> {
  if (given !== "-" && !given.startsWith("@")) return given;
  const { input } = await openInput(given === "-" ? "-" : given.slice(1), "--data");
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limits.publishBodyBytes) throw new UsageError("--data is larger than any event may be.");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError("--data is not UTF-8.");
  }
}

/** `bytes` is null where nobody knows how many will come. */
async function openInput(path: string, flag: string): Promise<{ input: Readable; bytes: number | null }> {
  if (path === "-") return { input: process.stdin, bytes: null };
  try {
    const file = await open(path);
    const stat = await file.stat();
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    return { input: createReadStream("", { fd: file }), bytes: stat.isFile() ? stat.size : null };
  } catch (error) {
    throw new UsageError(`${flag} ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}.`);
  }
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
