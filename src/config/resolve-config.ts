/** From flags, environment and file to the effective configuration: each wins over the next. */
import { TrotlineError } from "../core/errors.ts";
import { clientVariables } from "./client-variables.ts";
import { didYouMean } from "./nearest-name.ts";
import { ValueRefusal } from "./option-kinds.ts";
import {
  type Config,
  envNameOf,
  envPrefix,
  flagOf,
  type Option,
  type OptionKey,
  type OptionSource,
  optionList,
  options,
} from "./options.ts";
import { readConfigFile } from "./read-config-file.ts";

export interface ConfigInput {
  /** By the names of options, without dashes in front. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<Uint8Array>;
}

export interface ResolvedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<OptionKey, OptionSource>>;
}

/** Refuses with `config-unknown-key`, `config-invalid-value` or `config-unreadable`. */
export async function resolveConfig(input: ConfigInput): Promise<ResolvedConfig> {
  const env = withoutServiceLinks(input.env);
  refuseUnknown(
    Object.keys(input.flags),
    optionList.filter(([, option]) => !option.isSecret),
    {
      nameOf: (option) => option.name,
      show: (name) => `--${name}`,
    },
  );
  refuseUnknown(
    Object.keys(env).filter((name) => name.startsWith(envPrefix)),
    optionList,
    {
      nameOf: envNameOf,
      show: (name) => name,
      others: Object.values(clientVariables),
    },
  );
  const fileFlag = input.flags[options.configFile.name] ?? given(env[envNameOf(options.configFile)]);
  const path = fileFlag === undefined ? null : readValue(options.configFile, fileFlag, flagOf(options.configFile));
  const file = path === null ? {} : await readConfigFile(path, input.readFile);
  refuseUnknown(
    Object.keys(file),
    optionList.filter(([, option]) => option.inFile),
    {
      nameOf: (option) => option.name,
      show: (name) => `\`${name}\` in ${path}`,
    },
  );

  const config: Record<string, unknown> = {};
  const sources: Record<string, OptionSource> = {};
  for (const [key, option] of optionList) {
    const flag = input.flags[option.name];
    const variable = given(env[envNameOf(option)]);
    if (flag !== undefined) {
      config[key] = readValue(option, flag, flagOf(option));
      sources[key] = "flag";
    } else if (variable !== undefined) {
      config[key] = readValue(option, variable, envNameOf(option));
      sources[key] = "env";
    } else if (file[option.name] !== undefined) {
      config[key] = readValue(option, file[option.name], `\`${option.name}\` in ${path}`);
      sources[key] = "file";
    } else {
      config[key] = option.default;
      sources[key] = "default";
    }
  }
  return { config: config as Config, sources: sources as ResolvedConfig["sources"] };
}

/** Container tools hand variables on that nobody set: they are there, and empty. */
const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

/**
 * Kubernetes gives every pod variables for every service, made of the service's name; for a service named `trotline`
 * they look like options (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
function withoutServiceLinks(env: ConfigInput["env"]): ConfigInput["env"] {
  const isLink = ([name, value]: [string, string | undefined]): boolean =>
    /^TROTLINE_(SERVICE_(HOST|PORT(_.*)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/.test(name) ||
    (name === "TROTLINE_PORT" && /^(tcp|udp|sctp):\/\//.test(value ?? ""));
  return Object.fromEntries(Object.entries(env).filter((entry) => !isLink(entry)));
}

function refuseUnknown(
  names: readonly string[],
  known: typeof optionList,
  how: {
    readonly nameOf: (option: Option<unknown>) => string;
    readonly show: (name: string) => string;
    /** Names that are known here and are no options. */
    readonly others?: readonly string[];
  },
): void {
  const knownNames = new Set([...known.map(([, option]) => how.nameOf(option)), ...(how.others ?? [])]);
  const unknown = names.find((name) => !knownNames.has(name));
  if (unknown !== undefined) throw unknownOption(how.show(unknown), unknown, knownNames);
}

/** `shown` is the option as it was given, for the sentence. */
export function unknownOption(shown: string, name: string, known: Iterable<string>): TrotlineError {
  const secret = optionList.find(([, option]) => option.isSecret && option.name === name)?.[1];
  const hint =
    secret === undefined
      ? didYouMean(name, known)
      : ` It is a secret: set it with ${envNameOf(secret)} or in the configuration file.`;
  return new TrotlineError("config-unknown-key", `There is no option ${shown}.${hint}`, { field: name });
}

function readValue<Value>(option: Option<Value>, raw: unknown, shown: string): Value {
  try {
    return option.kind.read(raw);
  } catch (error) {
    if (!(error instanceof ValueRefusal)) throw error;
    throw new TrotlineError("config-invalid-value", `${shown} ${error.message}.${error.hint}`, { field: option.name });
  }
}
