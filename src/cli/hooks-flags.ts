/** The flags of `trotline hooks`: those of adnanh/webhook 2.8 as it spells them, and Trotline's own. */
import { didYouMean } from "../config/nearest-name.ts";
import type { HooksServerSettings } from "../http/hooks-server.ts";
import { type AllowanceName, type Allowed, allowances, everythingAllowed } from "../inbound/hooks-file/allowances.ts";
import type { HookHeader } from "../inbound/hooks-file/hook.ts";
import { type GoFlag, type GoFlagValues, goInteger } from "./go-flags.ts";
import { HooksStartError } from "./hooks-start-error.ts";

export interface HooksSettings extends HooksServerSettings {
  readonly allowed: Allowed;
  readonly hooksFiles: readonly string[];
  readonly isTemplate: boolean;
  readonly isHotReload: boolean;
  readonly noPanic: boolean;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFlags | null;
  readonly isVerbose: boolean;
  readonly logFile: string | null;
  readonly pidFile: string | null;
  /** Both or none. */
  readonly user: { readonly userId: number; readonly groupId: number } | null;
  /** Null: `hooks-<port>` in the folder where a program keeps its state. */
  readonly dataFolder: string | null;
  /** Commands of one hook at once. */
  readonly concurrency: number;
  /** Null for no limit. */
  readonly timeoutMs: number | null;
  /** Requests of one hook that wait or run; null for no limit. */
  readonly queueLengthMax: number | null;
  readonly trustedProxies: readonly string[];
  /** How long what is under way may take to end when the server stops. */
  readonly shutdownGraceMs: number;
  /** Where Trotline's own interface listens, for this machine only; null: nowhere. */
  readonly apiPort: number | null;
}

export interface TlsFlags {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly versionMin: string;
  /** Empty: all that are good. */
  readonly cipherSuites: readonly string[];
}

export const defaultBodyBytesMax = 10 * 1024 * 1024;
export const defaultTimeoutMs = 10 * 60_000;
export const defaultQueueLengthMax = 1000;
const defaultConcurrency = 8;
export const concurrencyMax = 512;

const headerRefusal = (value: string): string | null =>
  value.includes("=") ? null : "header flag must be in name=value format";

const portMax = 65_535;
const portRefusal = (value: string): string | null => {
  const port = goInteger(value) ?? 0;
  return port >= 0 && port <= portMax ? null : `it must be from 0 to ${portMax}`;
};

const positive = (value: string): string | null => ((goInteger(value) ?? 0) >= 1 ? null : "it must be 1 or more");

const theirs: readonly GoFlag[] = [
  text("cert", "cert.pem", "path to the HTTPS certificate pem file"),
  text("cipher-suites", "", "comma-separated list of supported TLS cipher suites"),
  onOff("debug", "show debug output"),
  list("header", "response header to return, as name=value; may be repeated", headerRefusal),
  list("hooks", "path to a file of hooks (JSON or YAML); may be repeated (default hooks.json)"),
  onOff("hotreload", "watch the hooks files and load them again when they change"),
  text("http-methods", "", 'methods that hooks take where they do not say (such as "POST"), divided by commas'),
  text("ip", "127.0.0.1", "address to listen on; 0.0.0.0 with -compat"),
  text("key", "key.pem", "path to the key of the HTTPS certificate, a pem file"),
  onOff("list-cipher-suites", "list the TLS cipher suites and end"),
  text("logfile", "", "write the log to a file; implies -verbose"),
  number("max-multipart-mem", "1048576", "bytes of a multipart form that are held in memory"),
  onOff("nopanic", "start also where no hook can be loaded and -verbose is not given"),
  text("pidfile", "", "write the process id to this file"),
  number("port", "9000", "port to listen on; 0 picks a free one", portRefusal),
  onOff("secure", "serve HTTPS"),
  number("setgid", "0", "group id to take on once the port is open; with -setuid"),
  number("setuid", "0", "user id to take on once the port is open; with -setgid"),
  onOff("template", "the hooks files are Go templates"),
  text("tls-min-version", "1.2", "the lowest TLS version (1.0, 1.1, 1.2, 1.3)"),
  text("urlprefix", "hooks", "first part of the URL: /PREFIX/:hook-id"),
  onOff("verbose", "write a log to the standard error output"),
  onOff("version", "print the version and end"),
  onOff("x-request-id", "take the request id of the log from X-Request-Id, where a request has one"),
  number("x-request-id-limit", "0", "cut X-Request-Id at this length; 0 does not"),
];

const ours: readonly GoFlag[] = [
  list("allow", `what to allow, divided by commas: ${allowances.map(({ name }) => name).join(", ")}`, allowRefusal),
  number(
    "api-port",
    "",
    "port of this machine for Trotline's own interface, in which events and attempts are shown",
    portRefusal,
  ),
  number("body-bytes-max", "0", `the largest body (default ${defaultBodyBytesMax}; none with -compat)`, positive),
  onOff("compat", "answer as adnanh/webhook 2.8 does, its dangers with it"),
  number("concurrency", "0", `commands of one hook at once (default ${defaultConcurrency})`, positive),
  text("data", "", "folder in which requests are kept until they have run; `memory` keeps nothing"),
  number(
    "queue",
    "0",
    `requests of one hook that may wait (default ${defaultQueueLengthMax}; any with -compat)`,
    positive,
  ),
  number("shutdown-grace-ms", "10000", "how long requests and commands may take to end when the server stops"),
  number("timeout-ms", "0", `how long a command may run (default ${defaultTimeoutMs}; ever with -compat)`, positive),
  list("trusted-proxies", "addresses and ranges whose X-Forwarded-For is believed, divided by commas"),
];

export const hooksFlags: readonly GoFlag[] = [...theirs, ...ours];

export function hooksSettings(values: GoFlagValues): HooksSettings {
  const isCompat = values.isOn("compat");
  const allowed = isCompat ? everythingAllowed : new Set(words(values.list("allow")) as AllowanceName[]);
  if (!isCompat && values.rest.length > 0) {
    throw new HooksStartError(`\`${values.rest[0]}\` is no flag, and all behind it would mean nothing.`);
  }
  const limit = (name: string, preset: number, isUnlimited: boolean): number | null =>
    values.isGiven(name) ? values.number(name) : isUnlimited ? null : preset;
  const hooksFiles = values.list("hooks");
  return {
    isCompat,
    allowed,
    hooksFiles: hooksFiles.length === 0 ? ["hooks.json"] : hooksFiles,
    isTemplate: values.isOn("template"),
    isHotReload: values.isOn("hotreload"),
    noPanic: values.isOn("nopanic"),
    host: values.isGiven("ip") || !allowed.has("any-address") ? values.text("ip") : "0.0.0.0",
    port: values.number("port"),
    urlPrefix: values.text("urlprefix"),
    httpMethods: methods(values.text("http-methods")),
    headers: values.list("header").map(headerOf),
    tls: values.isOn("secure") ? tlsFlags(values) : null,
    takesRequestId: values.isOn("x-request-id"),
    requestIdLengthMax: Math.max(0, values.number("x-request-id-limit")),
    isVerbose: values.isOn("verbose") || values.isOn("debug") || values.text("logfile") !== "",
    isDebug: values.isOn("debug"),
    logFile: orNull(values.text("logfile")),
    pidFile: orNull(values.text("pidfile")),
    user: userOf(values.number("setuid"), values.number("setgid")),
    dataFolder: orNull(values.text("data")),
    bodyBytesMax: limit("body-bytes-max", defaultBodyBytesMax, allowed.has("unlimited-body")),
    concurrency: concurrencyOf(values, isCompat),
    timeoutMs: limit("timeout-ms", defaultTimeoutMs, allowed.has("unlimited-command")),
    queueLengthMax: limit("queue", defaultQueueLengthMax, allowed.has("unlimited-command")),
    trustedProxies: words(values.list("trusted-proxies")),
    apiPort: values.isGiven("api-port") ? values.number("api-port") : null,
    shutdownGraceMs: Math.max(0, values.number("shutdown-grace-ms")),
  };
}

export const tlsFlags = (values: GoFlagValues): TlsFlags => ({
  certificateFile: values.text("cert"),
  keyFile: values.text("key"),
  versionMin: values.text("tls-min-version"),
  cipherSuites: words([values.text("cipher-suites")]),
});

function concurrencyOf(values: GoFlagValues, isCompat: boolean): number {
  if (!values.isGiven("concurrency")) return isCompat ? concurrencyMax : defaultConcurrency;
  const asked = values.number("concurrency");
  if (asked <= concurrencyMax) return asked;
  throw new HooksStartError(`\`-concurrency ${asked}\` is more than ${concurrencyMax}.`);
}

function userOf(userId: number, groupId: number): HooksSettings["user"] {
  if (userId === 0 && groupId === 0) return null;
  if (userId !== 0 && groupId !== 0) return { userId, groupId };
  throw new HooksStartError("error: setuid and setgid options must be used together", true);
}

function headerOf(given: string): HookHeader {
  const equals = given.indexOf("=");
  return { name: given.slice(0, equals), value: given.slice(equals + 1) };
}

function allowRefusal(value: string): string | null {
  const known = allowances.map(({ name }) => name as string);
  const unknown = words([value]).find((word) => !known.includes(word));
  return unknown === undefined ? null : `there is nothing \`${unknown}\` to allow.${didYouMean(unknown, known)}`;
}

const orNull = (value: string): string | null => (value === "" ? null : value);

/** An empty list is none; but a comma makes a part of it, which may be empty, as there. */
function methods(value: string): readonly string[] {
  const whole = value.replaceAll(" ", "").toUpperCase();
  return whole === "" ? [] : whole.split(",");
}

const words = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(",").map((word) => word.trim())).filter((word) => word !== "");

function text(name: string, preset: string, sentence: string): GoFlag {
  return { name, kind: "text", placeholder: "string", default: preset, sentence };
}

function number(name: string, preset: string, sentence: string, refusal?: GoFlag["refusal"]): GoFlag {
  return { name, kind: "number", placeholder: "int", default: preset, sentence, ...(refusal && { refusal }) };
}

function list(name: string, sentence: string, refusal?: GoFlag["refusal"]): GoFlag {
  return { name, kind: "list", placeholder: "value", default: "", sentence, ...(refusal && { refusal }) };
}

function onOff(name: string, sentence: string): GoFlag {
  return { name, kind: "switch", placeholder: "", default: "false", sentence };
}
