import { envNameOf, flagOf, optionList, shownValue } from "./options.ts";

/** The text of `docs/configuration.md`. */
export function configurationPage(): string {
  const rows = optionList.map(([, option]) => {
    const flag = option.isSecret ? "–" : `\`${flagOf(option)}\``;
    const file = option.inFile ? `\`${option.name}\`` : "–";
    const cells = [flag, `\`${envNameOf(option)}\``, file, `\`${shownValue(option, option.default)}\``];
    return `| ${[...cells, `${option.sentence} Takes ${option.kind.takes}.`].map(cell).join(" | ")} |`;
  });
  return `# Configuration

<!-- Made from \`src/config/options.ts\`; change that, and run \`npm run docs\`. -->

Each option may be a flag, an environment variable or a key of the configuration file (YAML or JSON, named with
\`--config\`). A flag wins over the environment, the environment over the file, the file over the default. What is
unknown or does not fit stops the start with a sentence that says so. \`trotline config\` prints the effective values
and where each comes from. An empty environment variable counts as absent.

| flag | environment | file | default | what it does |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replace("``", "–");
