import { configurationPage } from "../src/config/configuration-page.ts";
import { errorCatalogue } from "../src/core/errors.ts";
import { presetsPage } from "./presets-page.ts";

/** Path and text of every page that is made from a table. */
export const generatedPages = (): Record<string, string> => ({
  "docs/configuration.md": configurationPage(),
  "docs/errors.md": errorsPage(),
  "docs/presets.md": presetsPage(),
});

function errorsPage(): string {
  const entries = Object.entries(errorCatalogue);
  const served = entries
    .filter(([, entry]) => entry.status !== null)
    .map(
      ([code, entry]) =>
        `| \`${code}\` | ${entry.status} | ${entry.retryable ? "yes" : "no"} | ${entry.title}. ${entry.advice} |`,
    );
  const atStart = entries
    .filter(([, entry]) => entry.status === null)
    .map(([code, entry]) => `| \`${code}\` | ${entry.title}. ${entry.advice} |`);
  return `# Errors

<!-- Made by \`npm run docs\` from src/core/errors.ts. -->

Every error over HTTP is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`code\`, \`detail\` (about this very case), \`advice\` (what to do),
\`retryable\`, \`request_id\`, and where they apply \`field\` (a JSON pointer into the body, or the name of a parameter), \`errors\` (one for each bad item of a batch), \`resume\` and \`lost\`. Codes are stable.

| code | status | retryable | what it means, and what to do |
|---|---|---|---|
${served.join("\n")}

These stop the program before it serves; it prints the sentence and exits with 1:

| code | what it means, and what to do |
|---|---|
${atStart.join("\n")}
`;
}
