import { isCommandTemplate, templateRefusal } from "./command-template.ts";
import { limits } from "./limits.ts";

/** What a program is given of an event on its standard input: see `CommandSettings`. */
export const commandInputs = ["data", "body", "event", "none"] as const;
export type CommandInput = (typeof commandInputs)[number];

/** A program that is run for each event, without a shell. Its concurrency is the endpoint's `maxInFlight`. */
export interface CommandSettings {
  /** An absolute path, or a name that is looked for in the folders that the operator allows. */
  readonly program: string;
  /** Templates of `command-template.ts`; each becomes one argument whatever it holds. */
  readonly arguments: readonly string[];
  /** Names and templates. Nothing else is in the environment but what is named in `inherit`, and `baseVariables`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of the server's own environment that are passed on. */
  readonly inherit: readonly string[];
  /** What stands on its standard input: the data, the body as it was received, the whole event as JSON, or nothing. */
  readonly input: CommandInput;
  /** Variables that are set to the path of a temporary file, and what the file holds (a template). */
  readonly files: Readonly<Record<string, string>>;
  /** Null: the root folder. */
  readonly workingDirectory: string | null;
}

export const commandDefaults = {
  arguments: [],
  environment: {},
  inherit: [],
  input: "data",
  files: {},
  workingDirectory: null,
} as const satisfies Omit<CommandSettings, "program">;

/** What every program has in its environment, beside the `TROTLINE_…` of its event. */
export const baseVariables: Readonly<Record<string, string>> = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LANG: "C.UTF-8",
};

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const ownVariables = "TROTLINE_";

/** By these, programs are made to run other code than their own: whoever sets one need not be allowed to run it. */
const codeVariables = new RegExp(
  `^(${[
    "(LD|DYLD|MALLOC|GEM|LUA|GIT|NODE|NPM_CONFIG|npm_config|BASH|BASH_FUNC)_.*|(PYTHON|PERL|RUBY).*",
    "PATH|IFS|ENV|BASHOPTS|SHELLOPTS|PS4|PROMPT_COMMAND|GCONV_PATH|LOCPATH|NLSPATH|GLIBC_TUNABLES|CLASSPATH|PHPRC",
    "PHP_INI_SCAN_DIR|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|(.*_)?(EDITOR|VISUAL|PAGER|BROWSER|SHELL)",
    "MANPAGER|LESSOPEN|LESSCLOSE|.*_(ASKPASS|RSH)|OPENSSL_(CONF|MODULES|ENGINES)|DOTNET_STARTUP_HOOKS|(CORECLR|COR)_.*",
    "ZDOTDIR|MAKEFLAGS|GCC_EXEC_PREFIX|COMPILER_PATH|RUSTC|RUSTC_WRAPPER|GTK_MODULES|QT_PLUGIN_PATH|TCLLIBPATH",
  ].join("|")})$`,
);
/** In these, settings are looked for: no event says where. */
const settingsVariables = new Set([
  ...["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_RUNTIME_DIR"],
  ...["CURL_HOME", "WGETRC", "NETRC", "GNUPGHOME", "KUBECONFIG", "DOCKER_CONFIG", "DOCKER_HOST"],
  ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "SSH_AUTH_SOCK", "TERMINFO", "TZDIR"],
]);

export interface CommandRefusal {
  /** Within `command`, as a pointer. */
  readonly field: string;
  /** Goes on after the name of the field. */
  readonly sentence: string;
}

/** Why these settings make no command, whatever programs are allowed; null where they do. */
export function commandRefusal(command: CommandSettings): CommandRefusal | null {
  const { program, workingDirectory } = command;
  if (program.includes("\0")) return { field: "/program", sentence: "has a NUL in it" };
  if (!program.startsWith("/") && program.includes("/")) {
    const sentence = "is a relative path; give an absolute one, or a bare name that is in an allowed folder";
    return { field: "/program", sentence };
  }
  if (workingDirectory !== null && (!workingDirectory.startsWith("/") || workingDirectory.includes("\0"))) {
    return { field: "/working_directory", sentence: "is no absolute path" };
  }
  for (const [index, template] of command.arguments.entries()) {
    const sentence = templateRefusal(template, "text");
    if (sentence !== null) return { field: `/arguments/${index}`, sentence };
  }
  return variablesRefusal(command);
}

function variablesRefusal({ environment, inherit, files }: CommandSettings): CommandRefusal | null {
  const named = new Set<string>();
  for (const [index, name] of inherit.entries()) {
    const field = `/inherit/${index}`;
    const sentence = nameRefusal(name, named);
    if (sentence !== null) return { field, sentence };
  }
  for (const [name, template] of Object.entries(environment)) {
    const sentence = nameRefusal(name, named) ?? settingRefusal(name, template) ?? templateRefusal(template, "text");
    if (sentence !== null) return { field: `/environment/${pointerPart(name)}`, sentence };
  }
  for (const [name, template] of Object.entries(files)) {
    const sentence = nameRefusal(name, named) ?? settingRefusal(name, "") ?? templateRefusal(template, "bytes");
    if (sentence !== null) return { field: `/files/${pointerPart(name)}`, sentence };
  }
  return null;
}

function nameRefusal(name: string, named: Set<string>): string | null {
  if (!variableName.test(name)) return "is no name of a variable: letters, digits and _, and no digit first";
  if (name.startsWith(ownVariables)) return `begins with \`${ownVariables}\`, which is Trotline's own`;
  if (name === "__proto__") return "is no name that an object of JavaScript could have";
  if (named.has(name)) return "is named twice";
  named.add(name);
  return null;
}

function settingRefusal(name: string, template: string): string | null {
  if (codeVariables.test(name)) {
    return "makes programs run other code than their own; it can only be passed on, with `inherit`";
  }
  if (settingsVariables.has(name) && isCommandTemplate(template)) {
    return "says where programs look for settings; no value of an event may stand in it";
  }
  return null;
}

const pointerPart = (name: string): string =>
  name.slice(0, limits.commandTemplateLength).replaceAll("~", "~0").replaceAll("/", "~1");
