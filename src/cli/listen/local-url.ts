/** Where a received request goes on this machine: `--to`, and what stood below the source's own path. */
import { belowSource, withoutDots } from "../../core/received-target.ts";
import { UsageError } from "../usage-error.ts";

/** `--to http://localhost:3000/hook` and `/in/github/push?a=1` make `http://localhost:3000/hook/push?a=1`. */
export function localUrl(to: string, target: string): string {
  const [, base = "", ownQuery] = /^([^?#]*)(?:\?([^#]*))?/.exec(to) ?? [];
  const [, path = "", query] = /^([^?]*)(?:\?([\s\S]*))?$/.exec(belowSource(target)) ?? [];
  const below = withoutDots(path);
  const joined = below.startsWith("/") ? base.replace(/\/$/, "") + below : base;
  const queries = [ownQuery, query].filter((part) => part !== undefined && part !== "");
  return queries.length === 0 ? joined : `${joined}?${queries.join("&")}`;
}

/** Any address that the user names, by HTTP; with a path, so that something can be put below it. */
export function readLocalUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.username !== "" || url.password !== "")) {
    throw new UsageError("--to takes no user and password: --header 'Authorization: Basic …' sends them.");
  }
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !isHttp || url.hash !== "" || !/^https?:\/\/[\x21-\x7e]+$/i.test(text)) {
    throw new UsageError(`--to takes a URL such as http://localhost:3000/hook, not \`${text}\`.`);
  }
  return /^https?:\/\/[^/?]+(\?|$)/i.test(text) ? text.replace(/^([^?]+)/, "$1/") : text;
}
