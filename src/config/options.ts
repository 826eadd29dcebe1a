/**
 * Every option, once. Flags, environment variables, keys of the configuration file, help, `docs/configuration.md` and
 * validation are all made from this table: `retention-age` is the flag `--retention-age`, the variable
 * `TROTLINE_RETENTION_AGE` and the key `retention-age`.
 */
import ipaddr from "ipaddr.js";
import { limits } from "../core/limits.ts";
import { processRoles } from "../core/shard.ts";
import {
  bytes,
  choice,
  decimal,
  duration,
  integer,
  list,
  type OptionKind,
  optional,
  several,
  text,
} from "./option-kinds.ts";
import { colour, origin, personsText, picture } from "./portal-kinds.ts";

export interface Option<Value> {
  readonly name: string;
  readonly kind: OptionKind<Value>;
  readonly default: Value;
  /** What it does, for help and documentation. */
  readonly sentence: string;
  /** Never shown, and not taken from the command line, which every user of the machine can read. */
  readonly isSecret: boolean;
  /** False for what cannot stand in the configuration file. */
  readonly inFile: boolean;
}

const filePath = text({
  takes: "a path",
  placeholder: "path",
  fits: (value) => value !== "" && !value.includes("\0"),
});

const hostName = text({
  takes: "an IP address or a host name of this machine",
  placeholder: "address",
  fits: (value) =>
    value.length <= 253 && (ipaddr.isValid(value) || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value)),
});

const httpUrl = text({
  takes: "an http or https URL without query",
  placeholder: "url",
  fits: (value) => /^https?:\/\/[^\s?#@]+$/.test(value) && URL.canParse(value),
});

const proxyUrl: OptionKind<string> = {
  ...text({
    takes: "an http URL of nothing but a host and a port, with credentials where it asks for some",
    placeholder: "url",
    fits: (value) => /^http:\/\/([^\s/?#@]*@)?[^\s/?#@]+\/?$/.test(value) && URL.canParse(value),
  }),
  show: (value) => value.replace(/\/\/[^@]*@/, "//(not shown)@"),
};

const storeUrl: OptionKind<string> = {
  ...text({
    takes: "a URL that begins with `postgres://` or `postgresql://`",
    placeholder: "url",
    fits: (value) => /^postgres(ql)?:\/\/[^\s]*$/.test(value),
  }),
  // As far as the last @, whatever stands before it: a password may be written wrong.
  show: (value) => value.replace(/\/\/.*@/s, "//(not shown)@").replace(/([?&][^=&]*password=)[^&]*/gi, "$1(not shown)"),
};

const processName = text({
  takes: `1 to ${limits.processNameLength} printable characters of ASCII`,
  placeholder: "name",
  fits: (value) => value.length <= limits.processNameLength && /^[\x20-\x7e]+$/.test(value),
});

const bearerKey = text({
  takes: "24 to 256 letters, digits and - . _ ~ + /",
  placeholder: "key",
  fits: (value) => /^[A-Za-z0-9._~+/-]{24,256}$/.test(value),
});

const addressRange = text({
  takes: "an address, a range such as 10.0.0.0/8, `loopback` or `private`",
  placeholder: "range",
  fits: (value) => value === "loopback" || value === "private" || ipaddr.isValid(value) || ipaddr.isValidCIDR(value),
});

const absolutePath = text({
  takes: "an absolute path",
  placeholder: "path",
  fits: (value) => value.startsWith("/") && !value.includes("\0"),
});

export const options = {
  configFile: option("config", optional(filePath), {
    default: null,
    sentence: "Configuration file, YAML or JSON.",
    inFile: false,
  }),
  dataFolder: option("data", filePath, {
    default: "./trotline-data",
    sentence: "Folder of the store; it holds `trotline.db`.",
  }),
  store: option("store", optional(storeUrl), {
    default: null,
    sentence:
      "PostgreSQL database that is the store, in place of the folder: `postgres://user:password@host:port/database`. " +
      "A password is better set by variable or file than by flag.",
  }),
  storeDirect: option("store-direct", optional(storeUrl), {
    default: null,
    sentence: "The same database without the connection pooler that `store` leads through, where there is one.",
  }),
  storeLeaseMs: option("store-lease", duration({ min: "1s", max: "10m" }), {
    default: limits.shardLeaseMs,
    sentence:
      "How long a process that says nothing any more keeps its endpoints, where several share a PostgreSQL store; " +
      "then the others deliver to them. The same for all of them.",
  }),
  storeDurability: option("store-durability", choice(["checked", "trusted"]), {
    default: "checked",
    sentence:
      "Whether a PostgreSQL server has to wait for its disk. `trusted` opens one that says that it does not, as some " +
      "hosted ones do that keep what is committed elsewhere.",
  }),
  roles: option("roles", several(processRoles), {
    default: processRoles,
    sentence:
      "What this process does of what those that share a PostgreSQL store do: `api` answers `/v1` and all else but " +
      "`/in`, `receive` answers `/in`, `deliver` sends what is due and drains the outbox.",
  }),
  processName: option("process-name", optional(processName), {
    default: null,
    sentence: "What this process is called in `trotline cluster`; its host and process number where it is not given.",
  }),
  outboxPollMs: option("outbox-poll", duration({ min: "10ms", max: "1m" }), {
    default: 1000,
    sentence: "How often the outbox of a PostgreSQL store is looked at while nothing comes.",
  }),
  host: option("host", hostName, { default: "127.0.0.1", sentence: "Address to listen on." }),
  port: option("port", integer({ min: 0, max: 65_535 }), {
    default: 3400,
    sentence: "Port to listen on; 0 picks a free one.",
  }),
  publicUrl: option("public-url", optional(httpUrl), {
    default: null,
    sentence:
      "Where others reach this server: for URLs in deliveries of the format `thin`, for the URLs of sources that " +
      "providers sign, and its host for CloudEvents' handshake.",
  }),
  auth: option("auth", choice(["keys", "none"]), {
    default: "keys",
    sentence: "Whether requests need a key. `none` makes everyone admin and is taken only on loopback.",
  }),
  adminKey: option("admin-key", optional(bearerKey), {
    default: null,
    sentence:
      "An admin key of your own. Where the store has no key and none is given, the first start makes and prints one.",
    isSecret: true,
  }),
  trustedProxies: option("trusted-proxies", list(addressRange, { itemsMax: 100 }), {
    default: [],
    sentence:
      "Proxies in front of this server, whose `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded` are believed for what " +
      "is received at `/in`.",
  }),
  portalName: option("portal-name", optional(personsText), {
    default: null,
    sentence: "What the portal is called for those who have a link to it.",
  }),
  portalColour: option("portal-colour", optional(colour), { default: null, sentence: "Colour of the portal." }),
  portalLogo: option("portal-logo", optional(picture), {
    default: null,
    sentence: "Picture at the head of the portal.",
  }),
  portalOrigins: option("portal-origins", list(origin, { itemsMax: 20 }), {
    default: [],
    sentence: "Sites whose pages may show the portal in a frame; none where it is empty.",
  }),
  allowAddresses: option("allow-addresses", list(addressRange, { itemsMax: 100 }), {
    default: [],
    sentence: "Addresses that endpoints may have although they are not public.",
  }),
  allowCommands: option("allow-commands", list(absolutePath, { itemsMax: limits.allowedCommands }), {
    default: [],
    sentence:
      "Programs that endpoints may run, and folders whose programs they may. An interpreter such as `sh` runs anything.",
  }),
  egressProxy: option("egress-proxy", optional(proxyUrl), {
    default: null,
    sentence:
      "Proxy that everything to endpoints goes through: `http://user:password@host:port`. It is the proxy that must " +
      "keep names of private addresses away. A password is better set by variable or file than by flag.",
  }),
  retentionAgeMs: option("retention-age", duration({ min: "1m", max: "36500d" }), {
    default: days(30),
    sentence:
      "How long events are kept. Less than the default retry schedule lasts (91 hours, about 4 days) is refused.",
  }),
  retentionBytes: option("retention-bytes", optional(bytes({ min: "1MiB", max: "1024TiB" })), {
    default: null,
    sentence: "Bytes of event data that are kept; beyond it the oldest events leave.",
  }),
  attemptsRetentionAgeMs: option("attempts-retention-age", duration({ min: "1m", max: "36500d" }), {
    default: days(30),
    sentence: "How long attempts are kept.",
  }),
  storeBytesMax: option("store-bytes-max", optional(bytes({ min: "1MiB", max: "1024TiB" })), {
    default: null,
    sentence: "Size of the store beyond which it takes no more events.",
  }),
  eventBytesMax: option("event-bytes-max", bytes({ min: "1KiB", max: "8MiB" }), {
    default: limits.eventDataBytes,
    sentence: "Bytes that the `data` of one event may have.",
  }),
  tailBytes: option("tail-bytes", bytes({ min: "1MiB", max: "64GiB" }), {
    default: 64 * 1024 * 1024,
    sentence: "Memory for the recent end of the log.",
  }),
  inFlightMax: option("in-flight-max", integer({ min: 1, max: 100_000 }), {
    default: 1024,
    sentence: "Deliveries that this process has in flight at once.",
  }),
  inFlightPerTenantMax: option("in-flight-per-tenant-max", integer({ min: 1, max: 100_000 }), {
    default: 512,
    sentence: "Of these, deliveries of one tenant.",
  }),
  inFlightPerOriginMax: option("in-flight-per-origin-max", integer({ min: 1, max: 100_000 }), {
    default: 256,
    sentence: "Of these, deliveries to one origin (scheme, host and port).",
  }),
  tenantRatePerSecond: option(
    "tenant-rate",
    optional(decimal({ min: limits.ratePerSecondMin, max: limits.ratePerSecondMax })),
    {
      default: null,
      sentence: "Attempts a second of each tenant, retries and replays among them.",
    },
  ),
  shutdownGraceMs: option("shutdown-grace", duration({ min: "0s", max: "1h" }), {
    default: 10_000,
    sentence: "How long requests and deliveries may take to end when the server stops.",
  }),
  logLevel: option("log-level", choice(["debug", "info", "warn", "error", "silent"]), {
    default: "info",
    sentence: "The least severe lines that are logged.",
  }),
  logFormat: option("log-format", choice(["auto", "json", "pretty"]), {
    default: "auto",
    sentence: "Form of the log, on the standard error output. `auto` is `pretty` on a terminal and `json` elsewhere.",
  }),
} as const;

type Options = typeof options;
export type OptionKey = keyof Options;
export type OptionSource = "flag" | "env" | "file" | "default";

/** The effective values, by the names that code uses: units last. */
export type Config = { readonly [Key in OptionKey]: Options[Key] extends Option<infer Value> ? Value : never };

/** The table as a list, for whoever treats all options alike. */
export const optionList: readonly (readonly [OptionKey, Option<unknown>])[] = Object.entries(options) as never;

export const flagOf = (option: Option<unknown>): string => `--${option.name}`;
export const envNameOf = (option: Option<unknown>): string =>
  `${envPrefix}${option.name.toUpperCase().replaceAll("-", "_")}`;
export const envPrefix = "TROTLINE_";

/** The value as a person would write it; secrets are masked. */
export function shownValue(option: Option<unknown>, value: unknown): string {
  return option.isSecret && value !== null ? "(set, not shown)" : option.kind.show(value);
}

function days(count: number): number {
  return count * 86_400_000;
}

function option<Value>(
  name: string,
  kind: OptionKind<Value>,
  rest: { default: NoInfer<Value>; sentence: string; isSecret?: boolean; inFile?: boolean },
): Option<Value> {
  return { name, kind, isSecret: false, inFile: true, ...rest };
}
