/**
 * A message for a workflow of Microsoft Teams that is started by a webhook: an Adaptive Card
 * (https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).
 */
import { cut, type Readable } from "./chat.ts";

/** Members of which a message has one at least. */
export const teamsMembers = ["attachments"];

/**
 * A message may have 28 KB (https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams), and a
 * character may be six bytes of JSON.
 */
const textLength = 4000;

export function teamsMessage({ title, facts, text, data }: Readable): object {
  const body =
    text !== null
      ? [{ type: "TextBlock", wrap: true, text: cut(text, textLength) }]
      : [
          lines([{ text: title, weight: "Bolder", size: "Large" }]),
          ...facts.map(([name, value]) => lines([{ text: `${name}: `, weight: "Bolder" }, { text: value }])),
          lines([{ text: cut(data, textLength), fontType: "Monospace" }]),
        ];
  return teamsCard({
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.2",
    body,
  });
}

/** The message around a card. */
export const teamsCard = (card: object): object => ({
  type: "message",
  attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card }],
});

/** Unlike `TextBlock`, it shows text as it is: nothing in an event becomes a link. */
const lines = (runs: readonly object[]): object => ({
  type: "RichTextBlock",
  inlines: runs.map((run) => ({ type: "TextRun", ...run })),
});
