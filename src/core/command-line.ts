/**
 * What a program is started with for one attempt: arguments, variables, files. A value of an event becomes one argument
 * or one variable whatever it holds; what it could be mistaken for is refused.
 */
import { parseCommandTemplate, type TemplatePart } from "./command-template.ts";
import { type CommandSubject, CommandValues, textOf } from "./command-values.ts";
import { baseVariables, type CommandSettings } from "./endpoint-command.ts";
import { limits } from "./limits.ts";

/** Why no program can be started for this event, in a sentence for people. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

export interface CommandLine {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const encoder = new TextEncoder();

/** `inherited`: the server's own environment. May throw a `CommandFailure`. */
export function commandLine(
  command: CommandSettings,
  subject: CommandSubject,
  inherited: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const values = new CommandValues(subject);
  const line = {
    arguments: argumentsOf(command, values),
    environment: { ...baseVariables, ...passedOn(command, inherited), ...eventVariables(subject) },
    files: filesOf(command, values),
  };
  for (const [name, template] of Object.entries(command.environment)) {
    line.environment[name] = textValue(template, `environment.${name}`, values);
  }
  checkSize(line);
  return line;
}

function argumentsOf(command: CommandSettings, values: CommandValues): string[] {
  const made: string[] = [];
  let isBehindDashes = false;
  for (const [index, template] of command.arguments.entries()) {
    const field = `arguments[${index}]`;
    const text = textValue(template, field, values);
    if (text.startsWith("-") && !isBehindDashes && typeof partsOf(template)[0] === "object") {
      throw new CommandFailure(
        `\`${field}\` begins with a value of the event, and that with \`-\`: the program would take it for an option. ` +
          "Put the argument `--` before it if the program knows that, or a name, such as `--title={data.title}`.",
      );
    }
    if (template === "--") isBehindDashes = true;
    made.push(text);
  }
  return made;
}

function filesOf(command: CommandSettings, values: CommandValues): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [name, template] of Object.entries(command.files)) {
    const pieces = piecesOf(template, `files.${name}`, values);
    const bytes = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
    files[name] = bytes.length === 1 && bytes[0] !== undefined ? bytes[0] : joined(bytes);
  }
  return files;
}

function passedOn(
  { inherit }: CommandSettings,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of inherit) {
    const value = Object.hasOwn(inherited, name) ? inherited[name] : undefined;
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

function eventVariables({ event, request, attempt }: CommandSubject): Record<string, string> {
  const { id, type, tenant, subject, occurredAtMs } = event;
  const deliveryId = request?.deliveryId ?? null;
  return {
    TROTLINE_EVENT_ID: id,
    TROTLINE_EVENT_TYPE: type,
    TROTLINE_EVENT_TENANT: tenant,
    TROTLINE_EVENT_OCCURRED_AT: new Date(occurredAtMs).toISOString(),
    TROTLINE_ATTEMPT: String(attempt),
    ...(subject !== null && { TROTLINE_EVENT_SUBJECT: subject }),
    ...(request !== null && { TROTLINE_SOURCE: request.source }),
    ...(deliveryId !== null && !deliveryId.includes("\0") && { TROTLINE_DELIVERY_ID: deliveryId }),
  };
}

function textValue(template: string, field: string, values: CommandValues): string {
  let text = "";
  for (const piece of piecesOf(template, field, values)) {
    const more = typeof piece === "string" ? piece : textOf(piece);
    if (more === null) {
      throw new CommandFailure(`\`${field}\` would not be UTF-8; give such bytes on the input, or in a file.`);
    }
    text += more;
  }
  if (text.includes("\0")) throw new CommandFailure(`\`${field}\` would have a NUL in it, which none can.`);
  return text;
}

function piecesOf(template: string, field: string, values: CommandValues): (string | Uint8Array)[] {
  return partsOf(template).map((part) => {
    if (typeof part === "string") return part;
    const value = values.of(part);
    if (value !== null) return value;
    if (part.isOptional) return "";
    const { written } = part;
    throw new CommandFailure(
      `The event has no value for \`{${written}}\` of \`${field}\`; \`{${written}?}\` is empty then.`,
    );
  });
}

function partsOf(template: string): readonly TemplatePart[] {
  const parts = parseCommandTemplate(template);
  if (typeof parts === "string") throw new CommandFailure(`A template ${parts}.`);
  return parts;
}

/** Longer ones the system refuses, and says less about it. */
function checkSize({ arguments: args, environment }: CommandLine): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  let total = 0;
  for (const text of [...args, ...variables]) {
    const bytes = encoder.encode(text).length;
    total += bytes;
    if (bytes <= limits.commandValueBytes) continue;
    const most = `${limits.commandValueBytes} bytes`;
    throw new CommandFailure(
      `An argument or variable would have more than ${most}; give it on the input, or in a file.`,
    );
  }
  if (total <= limits.commandValuesBytes) return;
  throw new CommandFailure(`Arguments and variables would have more than ${limits.commandValuesBytes} bytes.`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
