/** `trotline endpoints output`: what an endpoint's programs and handlers write, while they run. */
import type { Command } from "commander";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { readEventStream, type StreamedEvent } from "../event-stream.ts";
import { ClientFailure } from "../failure-text.ts";
import { textArgument } from "../flags.ts";
import type { Output } from "../output.ts";
import { inSession, type Session } from "../session.ts";

export function outputCommand(): Command {
  const command = clientCommand("output", {
    summary: "follow what an endpoint's programs and handlers write",
    example: "trotline endpoints output ep_01…",
  }).addArgument(textArgument("id", "id of the endpoint"));
  return addClientFlags(command).action((id: string, flags: ClientFlags) =>
    inSession(flags, (session) => printOutput(session, id)),
  );
}

async function printOutput({ client, connection, signal, output, note }: Session, id: string): Promise<void> {
  // What is wrong with the id, the address or the key, it says.
  const { kind } = await client.endpoints.get(id, { signal });
  if (kind === "http") throw new ClientFailure(`${id} goes to a URL: nothing runs that could write.`, []);
  const { url, key } = connection;
  const response = await fetch(`${url}/v1/endpoints/${encodeURIComponent(id)}/output`, {
    headers: { accept: "text/event-stream", ...(key !== null && { authorization: `Bearer ${key}` }) },
    signal,
  });
  if (!response.ok || response.body === null) {
    throw new ClientFailure(`The server answered ${response.status} to whoever wants to follow.`, []);
  }
  try {
    for await (const event of readEventStream(response.body)) await print(event, output);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ClientFailure("The connection broke, or the server cut it because it was not read fast enough.", []);
  }
  note("The server ended the stream.");
}

async function print({ name, data }: StreamedEvent, output: Output): Promise<void> {
  if (!output.isTable) return output.writeJsonLines([JSON.stringify({ is: name, ...data })]);
  const { event_id: eventId, attempt, text, event_type: type, status, error_detail: detail } = data;
  if (name === "output") return output.write(printable(String(text)));
  const how = name === "started" ? String(type) : `ended: ${detail ?? `status ${status ?? "none"}`}`;
  await output.write(`${output.dim(`— ${eventId}, attempt ${attempt}, ${printable(how)}`)}\n`);
}

/** What came with an event must not steer a terminal. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "�");
