import { presets } from "../src/inbound/schemes/presets.ts";
import type { Scheme } from "../src/inbound/schemes/scheme.ts";

/** `docs/presets.md`, made of the table of presets. */
export function presetsPage(): string {
  const schemes = [...presets.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
  return `# Presets

<!-- Made by \`npm run docs\` from src/inbound/schemes/presets.ts. -->

The providers whose signatures are known by name, for the \`preset\` of a source's [scheme](schemes.md). *Window*: how far a signed time may be from ours. *Answer*: how long the provider
waits for one. *Handshake*: it asks before it sends, or beside; that is answered without a program of yours.

| preset | provider | secret | signed | window | answer | handshake |
|---|---|---|---|---|---|---|
${schemes.map(row).join("\n")}

## Settings

${schemes
  .filter(({ settings }) => settings.length > 0)
  .map(settingsOf)
  .join("\n\n")}
`;
}

function row(scheme: Scheme): string {
  const { name, title, documentation, secret, custom, toleranceMs, answerDeadlineMs, handshake } = scheme;
  const cells = [
    `\`${name}\``,
    `[${title}](${documentation})`,
    secret ?? "none",
    custom === null
      ? ""
      : custom.algorithm === "token"
        ? "the secret itself"
        : `\`${custom.content}\`, ${custom.algorithm}`,
    toleranceMs === null ? "" : spanOf(toleranceMs),
    answerDeadlineMs === null ? "" : spanOf(answerDeadlineMs),
    handshake === null ? "" : "yes",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const spanOf = (ms: number): string => (ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${ms / 1000} s`);

const settingsOf = ({ name, settings }: Scheme): string =>
  [
    `**\`${name}\`**`,
    ...settings.map(
      (setting) => `- \`${setting.name}\`${setting.isRequired ? " (needed)" : ""}: ${setting.description}`,
    ),
  ].join("\n");
