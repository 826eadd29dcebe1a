/**
 * A message for an incoming webhook of Slack's
 * (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
 */
import { cut, fenced, type Readable } from "./chat.ts";

/** Members of which a message has one at least. */
export const slackMembers = ["text", "blocks", "attachments"];

/** https://docs.slack.dev/reference/block-kit/blocks/header-block, section-block; text: chat.postMessage's limit. */
const headerLength = 150;
const sectionLength = 3000;
const textLength = 4000;

export function slackMessage({ title, facts, text, data }: Readable): object {
  if (text !== null) return { text: cut(text, textLength) };
  const lines = facts.map(([name, value]) => `*${name}:* ${escaped(value)}`).join("\n");
  const block = (mrkdwn: string): object => ({ type: "section", text: { type: "mrkdwn", text: mrkdwn } });
  return {
    // Shown where blocks are not: in notifications.
    text: cut(escaped(title), textLength),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cut(title, headerLength) } },
      block(cut(lines, sectionLength)),
      block(fencedEscaped(data)),
    ],
  };
}

/** An entity that is cut in two would show: it is taken away whole. */
const fencedEscaped = (data: string): string =>
  fenced(escaped(cut(data, sectionLength)), sectionLength).replace(/&[a-z]{0,3}…/, "…");

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: so nobody is mentioned. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
