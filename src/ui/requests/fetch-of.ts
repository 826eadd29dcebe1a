/** A request as JavaScript for `fetch`: a module for Node, or the console of a browser. */
import { base64Of, type CopiedRequest, saidHeaders, saidUrl, textOf } from "./copied-request.ts";

/** `fetch` refuses to send a body with these. */
const methodsWithoutBody = /^(GET|HEAD)$/;

/** `fetch` would follow them: whoever sent the request would choose another path of this server's. */
const dots = /(?<=[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/gi;

/**
 * `fetch` joins headers of one name by commas, and adds some of its own. In the dashboard's own console it would send
 * the session, too.
 */
export function fetchOf(request: CopiedRequest): string {
  const { method, body } = request;
  const headers = saidHeaders(request);
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  const url = saidUrl(request.url);
  const path = /^[^?#]*/.exec(url)?.[0] ?? "";
  const straight = path.replace(dots, "");
  const isDropped = body.length > 0 && methodsWithoutBody.test(method);
  const lines = [
    `  method: ${literal(method)},`,
    ...(headers.length === 0 ? [] : ["  headers: [", ...headers.map((pair) => `    ${pairLiteral(pair)},`), "  ],"]),
    ...(body.length === 0 || isDropped ? [] : [`  body: ${bodyLiteral(body, hasType)},`]),
    ...(isDropped ? [`  // ${method} had a body of ${body.length} bytes, which fetch does not send.`] : []),
    ...(straight === path
      ? []
      : ["  // Segments with dots alone, which fetch would follow, are left out of the path."]),
    '  redirect: "manual",',
    '  credentials: "omit",',
  ];
  return [
    `const response = await fetch(${literal(straight + url.slice(path.length))}, {`,
    ...lines,
    "});",
    "console.log(response.status, await response.text());",
    "",
  ].join("\n");
}

const pairLiteral = ([name, value]: readonly [string, string]): string => `[${literal(name)}, ${literal(value)}]`;

/** A text would bring a media type of its own where the request had none. */
function bodyLiteral(body: Uint8Array, hasType: boolean): string {
  const text = textOf(body);
  if (text === null) return `Uint8Array.from(atob("${base64Of(body)}"), (character) => character.charCodeAt(0))`;
  return hasType ? literal(text) : `new TextEncoder().encode(${literal(text)})`;
}

/** JSON is JavaScript; what a screen does not show as it is is escaped. */
const literal = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character.split("").map(escaped).join(""),
  );

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
