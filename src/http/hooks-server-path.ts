/**
 * The path of a request as adnanh/webhook's router (https://github.com/gorilla/mux) reads it: unescaped, then cleaned.
 */
import { bytesOfText, textOfBytes } from "../inbound/hooks-file/byte-text.ts";

export type HooksPath =
  /** `path` is unescaped; bytes that are no UTF-8 are as `byte-text.ts` has them. */
  | { readonly kind: "path"; readonly path: string }
  /** It would be another once it is cleaned: the client is sent there. */
  | { readonly kind: "redirect"; readonly location: string }
  /** `OPTIONS *`. */
  | { readonly kind: "server" }
  | { readonly kind: "malformed" };

/** `target` is what stands in the request line. */
export function hooksPath(target: string): HooksPath {
  if (target === "*") return { kind: "server" };
  const { origin, rest } = splitTarget(target);
  const mark = rest.indexOf("?");
  const escaped = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? "" : rest.slice(mark);
  const path = unescapePath(escaped);
  if (path === null) return { kind: "malformed" };
  const clean = cleanPath(path);
  if (clean === path) return { kind: "path", path };
  return { kind: "redirect", location: `${origin}${escapePath(clean)}${query}` };
}

/** The id of the hook; null where the path is none of a hook's. */
export function hookIdOf(path: string, prefix: string): string | null {
  const base = prefix === "" ? "/" : `/${prefix}/`;
  if (!path.startsWith(base)) return null;
  const id = path.slice(base.length);
  return id.includes("\n") ? null : id; // The router's pattern ends at a line's end.
}

/** Of `http://host/path`, which clients send to proxies, the first part goes before the path. */
function splitTarget(target: string): { origin: string; rest: string } {
  const origin = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/.exec(target)?.[0] ?? "";
  const rest = target.slice(origin.length);
  return { origin, rest };
}

function unescapePath(escaped: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(escaped)) return null;
  const bytes = escaped.replace(/%([0-9a-fA-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return textOfBytes(Buffer.from(bytes, "latin1"));
}

/** Without empty parts, `.` and `..`; a slash at the end stays. */
function cleanPath(path: string): string {
  if (path === "") return "/";
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  const clean = `/${kept.join("/")}`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}

/** Escaped as Go's `net/url` does (https://pkg.go.dev/net/url#URL.EscapedPath). */
function escapePath(path: string): string {
  const characters = Buffer.from(bytesOfText(path)).toString("latin1");
  return characters.replace(/[^A-Za-z0-9\-._~$&+,/:;=@]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
