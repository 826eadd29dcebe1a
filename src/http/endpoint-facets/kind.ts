/** Where deliveries go when it is no URL: the JSON of these settings, and what stands for it in the code. */
import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import { type CommandSettings, commandDefaults, commandInputs } from "../../core/endpoint-command.ts";
import { endpointKinds } from "../../core/endpoint-kind.ts";
import { limits } from "../../core/limits.ts";
import { nullable } from "../schemas/scalars.ts";
import type { Facet } from "./facet.ts";

type KindSettings = Pick<Endpoint, "kind" | "command" | "handler">;

const template = Type.String({ maxLength: limits.commandTemplateLength });
const variableName = Type.String({ minLength: 1, maxLength: 128 });

const members = {
  program: Type.String({
    minLength: 1,
    maxLength: limits.commandPathLength,
    description: "An absolute path, or the name of a program in a folder that the operator allows.",
  }),
  arguments: Type.Array(template, {
    maxItems: limits.commandArguments,
    description: "Templates, such as `--order={data.order.id}`; each becomes one argument whatever it holds.",
  }),
  environment: Type.Record(Type.String(), template, {
    maxProperties: limits.commandVariables,
    description: "Variables and templates. No other of the server's is in the environment.",
  }),
  inherit: Type.Array(variableName, {
    maxItems: limits.commandVariables,
    description: "Variables of the server's own environment that are passed on.",
  }),
  input: Type.Enum([...commandInputs], {
    description:
      "What is on the standard input: the `data`, the `body` as it was received (the data where there is none), the " +
      "whole `event` as JSON, or `none`.",
  }),
  files: Type.Record(Type.String(), template, {
    maxProperties: limits.commandFiles,
    description: "Variables that are set to the path of a temporary file, and a template of what it holds.",
  }),
  working_directory: nullable(
    Type.String({ minLength: 1, maxLength: limits.commandPathLength }),
    "An absolute path; null: `/`.",
  ),
};

const newCommand = Type.Object(
  {
    program: members.program,
    arguments: Type.Optional(members.arguments),
    environment: Type.Optional(members.environment),
    inherit: Type.Optional(members.inherit),
    input: Type.Optional(members.input),
    files: Type.Optional(members.files),
    working_directory: Type.Optional(members.working_directory),
  },
  { additionalProperties: false, title: "NewCommand", description: "A program that is run without a shell." },
);

const command = Type.Object(members, { title: "Command", description: "A program that is run without a shell." });

const kind = Type.Enum([...endpointKinds], {
  description: "Deliveries go to a URL, run a program, or call a handler of the program that embeds Trotline.",
});

interface Body {
  readonly kind?: Endpoint["kind"];
  readonly command?: Type.Static<typeof newCommand>;
  readonly handler?: string;
}

export const kindFacet = {
  request: {
    kind: Type.Optional(
      Type.Enum([...endpointKinds], {
        default: "http",
        description:
          "`http`: to a `url`. `command`: a program is run. `handler`: code of the embedding program is called.",
      }),
    ),
    command: Type.Optional(newCommand),
    handler: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "The name under which the code is registered." }),
    ),
  },
  response: {
    kind,
    command: nullable(command, "Of the kind `command`; else null."),
    handler: nullable(Type.String(), "Of the kind `handler`; else null."),
  },
  input: ({ kind, command, handler }: Body): Partial<KindSettings> => ({
    ...(kind !== undefined && { kind }),
    ...(command !== undefined && { command: commandOf(command) }),
    ...(handler !== undefined && { handler }),
  }),
  wire: ({ kind, command, handler }: KindSettings) => ({
    kind,
    command: command === null ? null : wireCommand(command),
    handler,
  }),
} satisfies Facet<KindSettings>;

function commandOf({ working_directory: workingDirectory, ...rest }: NonNullable<Body["command"]>): CommandSettings {
  return { ...commandDefaults, ...rest, ...(workingDirectory !== undefined && { workingDirectory }) };
}

const wireCommand = (settings: CommandSettings): Type.Static<typeof command> => ({
  program: settings.program,
  arguments: [...settings.arguments],
  environment: { ...settings.environment },
  inherit: [...settings.inherit],
  input: settings.input,
  files: { ...settings.files },
  working_directory: settings.workingDirectory,
});
