/** Another content that was signed than the scheme's, times in another unit, and URLs as proxies change them. */
import { headerValues } from "../../core/received-request.ts";
import { timeUnits } from "../../core/scheme.ts";
import type { CauseCode } from "./causes.ts";
import type { Axis, Mistake, Trial } from "./mistake.ts";

const templates = [
  "{body}",
  "{timestamp}.{body}",
  "{timestamp}{body}",
  "{timestamp}:{body}",
  "{body}{timestamp}",
  "{id}.{timestamp}.{body}",
  "{id}{timestamp}{body}",
  "v0:{timestamp}:{body}",
  "{url}{body}",
  "{url}",
  "{method}{url}{body}",
  "{method}{url}{body}{timestamp}",
] as const;

export function contentMistakes({ custom }: Trial): Axis {
  if (custom === null || custom.algorithm === "token") return [];
  const { content, timestamp, id } = custom;
  return templates
    .filter((template) => template !== content)
    .filter((template) => timestamp !== null || !template.includes("{timestamp}"))
    .filter((template) => id !== null || !template.includes("{id}"))
    .map((template) => ({
      code: "content_other",
      sentence: `What was signed is \`${template}\`; the scheme signs \`${content}\`.`,
      undo: (trial) => trial.custom && { ...trial, custom: { ...trial.custom, content: template } },
    }));
}

export function unitMistakes({ custom }: Trial): Axis {
  const timestamp = custom?.timestamp ?? null;
  if (timestamp === null) return [];
  return timeUnits
    .filter((unit) => unit !== timestamp.unit)
    .map((unit) => ({
      code: "timestamp_unit",
      sentence: `The signed time is written in ${unit}; the scheme's is in ${timestamp.unit}.`,
      undo: (trial) => trial.custom && { ...trial, custom: { ...trial.custom, timestamp: { ...timestamp, unit } } },
    }));
}

interface UrlParts {
  readonly protocol: string;
  readonly name: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

/** Only the parts that are known of old: the signed text is the URL as it is written, not as it is understood. */
function partsOf(url: string): UrlParts | null {
  const found = /^(https?):\/\/(\[[^\]]*\]|[^/:?#]*)(:\d*)?([^?#]*)(\?[^#]*)?/.exec(url);
  if (found === null) return null;
  const [, protocol = "", name = "", port = "", path = "", query = ""] = found;
  return { protocol, name, port, path, query };
}

const written = ({ protocol, name, port, path, query }: UrlParts): string =>
  `${protocol}://${name}${port}${path}${query}`;

/** Each is tried with each one's port: what a request says must not make it thousands. */
const hostsTried = 8;

/** Of schemes that sign the URL. The fewest differences come first. */
export function urlMistakes({ request, settings }: Trial): Axis {
  const expected = partsOf(settings.url ?? request.url);
  if (expected === null) return [];
  const seen = partsOf(request.url) ?? expected;
  const said = ["host", "x-forwarded-host"].flatMap((name) =>
    headerValues(request.headers, name).flatMap((value) => value.split(",").map((host) => host.trim())),
  );
  const hosts = [...[expected, seen].map(({ name, port }) => name + port), ...said];
  const found = new Map<string, { readonly parts: UrlParts; readonly changes: readonly CauseCode[] }>();
  for (const parts of variantsOf(expected, seen, [...new Set(hosts)].slice(0, hostsTried))) {
    const changes = changesOf(expected, parts);
    if (changes.length > 0 && changes.length < 4) found.set(written(parts), { parts, changes });
  }
  return [...found.values()]
    .sort((one, other) => one.changes.length - other.changes.length)
    .map(({ parts, changes }) => mistakeOf(expected, parts, changes));
}

function variantsOf(expected: UrlParts, seen: UrlParts, hosts: readonly string[]): UrlParts[] {
  const names = [...new Set(hosts.map((host) => partsOf(`http://${host}`)?.name ?? host))];
  const ports = [...new Set(["", ":443", ":80", ...hosts.map((host) => partsOf(`http://${host}`)?.port ?? "")])];
  const paths = [...new Set([expected, seen].flatMap(({ path }) => pathsOf(path)))];
  const queries = [...new Set([expected, seen].flatMap(({ query }) => [query, "", decoded(query)]))];
  return names.flatMap((name) =>
    ports.flatMap((port) =>
      ["https", "http"].flatMap((protocol) =>
        paths.flatMap((path) => queries.map((query) => ({ protocol, name, port, path, query }))),
      ),
    ),
  );
}

const pathsOf = (path: string): string[] => [path, path.endsWith("/") ? path.slice(0, -1) : `${path}/`, decoded(path)];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The one that explains most comes first. */
function changesOf(expected: UrlParts, other: UrlParts): CauseCode[] {
  const codes: CauseCode[] = [];
  if (other.name !== expected.name) codes.push("url_host");
  if (other.port !== expected.port) codes.push("url_port");
  if (other.protocol !== expected.protocol) codes.push("url_protocol");
  if (other.path !== expected.path) codes.push("url_path");
  if (other.query !== expected.query) codes.push("url_query");
  return codes;
}

/** A query may carry a token. */
const shown = (url: UrlParts): string => written({ ...url, query: url.query === "" ? "" : "?…" });

/** The URL that should have been signed, as it may be shown; null where it is none. */
export function expectedUrl({ request, settings }: Trial): string | null {
  const parts = partsOf(settings.url ?? request.url);
  return parts && shown(parts);
}

function mistakeOf(expected: UrlParts, parts: UrlParts, [code = "url_host"]: readonly CauseCode[]): Mistake {
  const sentence =
    code === "url_query"
      ? `The URL that was signed has ${parts.query === "" ? "no query" : "its query written otherwise"}.`
      : `The URL that was signed is \`${shown(parts)}\`, and not \`${shown(expected)}\`.`;
  return {
    code,
    sentence,
    undo: ({ settings: { url: _, ...settings }, ...trial }) => ({
      ...trial,
      settings,
      request: { ...trial.request, url: written(parts) },
    }),
  };
}
