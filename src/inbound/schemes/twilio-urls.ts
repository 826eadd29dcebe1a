/** The URL of a request as Twilio may have written it when it signed. */
import { parse, stringify } from "node:querystring";

interface UrlParts {
  readonly scheme: string;
  readonly userInfo: string;
  readonly host: string;
  readonly port: string;
  /** Path and query, character for character: `URL` would write some of them anew. */
  readonly rest: string;
}

/**
 * Every spelling that Twilio's own validator takes, and in its order: with and without the port, as it came, and as
 * `URL` and older query strings write it (https://github.com/twilio/twilio-node/blob/main/src/webhooks/webhooks.ts).
 */
export function twilioUrls(url: string): string[] {
  const written = URL.parse(url)?.toString() ?? url;
  const plain = [withoutPort(url), withPort(url), withoutPort(written), withPort(written)];
  return [...new Set([...plain, ...plain.slice(2).map(withOldQuery)])];
}

function partsOf(url: string): UrlParts | null {
  const found = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i.exec(url);
  if (found === null) return null;
  const [head, scheme = "", authority = ""] = found;
  const hostStart = authority.lastIndexOf("@") + 1;
  const name = authority.slice(hostStart);
  const colon = name.indexOf(":", name.lastIndexOf("]") + 1);
  return {
    scheme,
    userInfo: authority.slice(0, hostStart),
    host: colon === -1 ? name : name.slice(0, colon),
    port: colon === -1 ? "" : name.slice(colon),
    rest: url.slice(head.length),
  };
}

function withPort(url: string): string {
  const parts = partsOf(url);
  if (parts === null || parts.port !== "") return url;
  const port = parts.scheme.toLowerCase() === "https://" ? ":443" : ":80";
  return `${parts.scheme}${parts.userInfo}${parts.host}${port}${parts.rest}`;
}

function withoutPort(url: string): string {
  const parts = partsOf(url);
  return parts === null ? url : `${parts.scheme}${parts.userInfo}${parts.host}${parts.rest}`;
}

function withOldQuery(url: string): string {
  const start = url.indexOf("?");
  return start === -1 || start === url.length - 1
    ? url
    : `${url.slice(0, start)}?${stringify(parse(url.slice(start + 1)))}`;
}
