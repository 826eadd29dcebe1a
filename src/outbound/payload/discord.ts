/** A message for a webhook of Discord's (https://docs.discord.com/developers/resources/webhook#execute-webhook). */
import { cut, fenced, type Readable } from "./chat.ts";

/** Members of which a message has one at least. */
export const discordMembers = ["content", "embeds", "components", "poll"];

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
const contentLength = 2000;
const titleLength = 256;
const descriptionLength = 4096;
const fieldValueLength = 1024;

/** Nobody is mentioned by what stands in an event. */
const quiet = { allowed_mentions: { parse: [] } };

export function discordMessage({ title, facts, text, data }: Readable): object {
  if (text !== null) return { content: cut(text, contentLength), ...quiet };
  const fields = facts.map(([name, value]) => ({ name, value: cut(value, fieldValueLength), inline: false }));
  return {
    embeds: [{ title: cut(title, titleLength), description: fenced(data, descriptionLength), fields }],
    ...quiet,
  };
}
