/** The URL of a database, taken apart: several hosts may stand in it, of which one takes writes. */
import { readFileSync } from "node:fs";
import { TrotlineError } from "../../core/errors.ts";
import type { TcpAddress } from "../../platform/tcp-connection.ts";

const portDefault = 5432;
const percentSentence = "Special characters of user, password and database are written with percent signs";

export interface StoreUrl {
  /** To be tried in turn. */
  readonly addresses: readonly TcpAddress[];
  /** User, password, database and parameters; its host is not the one that is connected to. */
  readonly clientUrl: string;
  readonly tls: "disable" | "prefer" | "require" | "verify-full";
  /** The certificates that are trusted with `verify-full`; null for those that Node has. */
  readonly ca: string | null;
  /** For people: without user, password and parameters. */
  readonly shown: string;
}

/** Refuses with `config-invalid-value`. What was given is not repeated: it may have a password. */
export function parseStoreUrl(text: string): StoreUrl {
  const match = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(\?[^#]*)?$/.exec(text);
  if (match === null) {
    throw refusal(`It begins with \`postgres://\`, then \`user:password@host:port/database\`. ${percentSentence}`);
  }
  const [, login, hosts = "", path = "/", query = ""] = match;
  // It may be that all before it is the beginning of a password.
  if (path.includes("@") || query.includes("@")) throw refusal(percentSentence);
  const beginning = `postgres://${login === undefined ? "" : `${login}@`}localhost${path}`;
  if (!URL.canParse(beginning) || !isDecodable(login ?? "") || !isDecodable(path)) {
    throw refusal(percentSentence);
  }
  const parameters = new URLSearchParams(query);
  const take = (name: string): string | null => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  if (parameters.has("password") || parameters.has("user")) {
    throw refusal("User and password stand before the host, not among the parameters");
  }
  const folder = take("host");
  const port = take("port");
  const tls = tlsMode(take("sslmode"));
  const ca = readCertificates(take("sslrootcert"));
  const isSocket = folder?.startsWith("/") === true;
  if (!isSocket && (folder !== null || port !== null)) {
    throw refusal("The parameters `host` and `port` are for the folder of a socket; others stand before the database");
  }
  const shownHosts = isSocket ? folder : hosts === "" ? "localhost" : hosts;
  const addresses = isSocket
    ? [{ path: `${folder}/.s.PGSQL.${port ?? portDefault}` }]
    : shownHosts.split(",").map(parseHost);
  const rest = parameters.size === 0 ? "" : `?${parameters}`;
  return { addresses, clientUrl: beginning + rest, tls, ca, shown: shownHosts + path };
}

/** What the modes mean: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION. */
function tlsMode(mode: string | null): StoreUrl["tls"] {
  if (mode === null || mode === "disable") return "disable";
  if (mode === "prefer" || mode === "allow") return "prefer";
  if (mode === "require") return "require";
  // A name that is not checked is no protection, so the certificate's name is checked in both.
  if (mode === "verify-ca" || mode === "verify-full") return "verify-full";
  throw refusal("`sslmode` is `disable`, `prefer`, `require` or `verify-full`");
}

function readCertificates(path: string | null): string | null {
  if (path === null || path === "system") return null;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refusal(`The file of \`sslrootcert\` cannot be read: ${(error as Error).message}`);
  }
}

function parseHost(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^[\]:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? portDefault);
  if (match === null || port < 1 || port > 65_535) throw refusal("A host and a port of it cannot be meant");
  return { host: match[1] ?? match[2] ?? "", port };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const refusal = (sentence: string): TrotlineError =>
  new TrotlineError("config-invalid-value", `The URL of the store cannot be read. ${sentence}.`, { field: "store" });
