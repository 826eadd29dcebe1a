/** The dashboard's files, at `/`. What it shows it asks of the same interface as everybody else. */
import { fileURLToPath } from "node:url";
import type { FastifyReply, FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer } from "../http-server.ts";
import { UiFiles } from "../ui-files.ts";

/** From `src/http/routes` and `dist/http/routes` alike. */
const builtFolder = fileURLToPath(new URL("../../../dist/ui", import.meta.url));

/** Addresses that the dashboard has pages for; each, and what is below it, answers the same document. */
export const uiPages = ["events", "endpoints", "consumers", "sources", "bins", "settings", "sign-in"] as const;

/** Of the built files, those at the root that are not pages. */
const rootFiles = ["theme.js", "icon.svg"];

export const contentPolicy = (frameAncestors: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join("; ");

const pageHeaders = {
  "cache-control": "no-cache",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

export interface UiOptions {
  /** Who may show the portal in a frame: `'none'`, or origins. */
  readonly portalFrameAncestors: string;
}

export function uiRoutes(server: HttpServer, { portalFrameAncestors }: UiOptions): void {
  const files = new UiFiles(builtFolder);

  interface Sent {
    readonly name: string;
    readonly headers: Readonly<Record<string, string>>;
  }

  const send = async ({ name, headers }: Sent, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const negotiator = new Negotiator(request.raw);
    const file = await files.read(name, (coding) => negotiator.encodings([coding, "identity"])[0] === coding);
    if (file === null) throw new TrotlineError("route-not-found", `There is nothing at ${request.url.slice(0, 200)}.`);
    reply.headers({ ...headers, vary: "accept-encoding", "x-content-type-options": "nosniff" });
    if (file.coding !== null) reply.header("content-encoding", file.coding);
    return reply.type(file.contentType).send(file.bytes);
  };

  const sendPage = (ancestors: string) => (request: FastifyRequest, reply: FastifyReply) => {
    if (!files.isBuilt) {
      const detail = "The dashboard is not built: `npm start` and `npm run build` do that. The interface is at /v1.";
      throw new TrotlineError("route-not-found", detail);
    }
    const headers = { ...pageHeaders, "content-security-policy": contentPolicy(ancestors) };
    return send({ name: "index.html", headers }, request, reply);
  };

  const page = (url: string, ancestors = "'none'"): void => {
    server.route({
      method: "GET",
      url,
      config: { access: "public", isDocumented: false },
      handler: sendPage(ancestors),
    });
  };
  page("/");
  for (const name of uiPages) {
    page(`/${name}`);
    page(`/${name}/*`);
  }
  page("/portal", portalFrameAncestors);
  page("/portal/*", portalFrameAncestors);

  const file = (url: string, cacheControl: string, nameOf: (request: FastifyRequest) => string): void => {
    server.route({
      method: "GET",
      url,
      config: { access: "public", isDocumented: false },
      handler: (request, reply) =>
        send({ name: nameOf(request), headers: { "cache-control": cacheControl } }, request, reply),
    });
  };
  // Their names change with what is in them.
  file("/assets/*", "public, max-age=31536000, immutable", (request) => {
    return `assets/${(request.params as { readonly "*": string })["*"]}`;
  });
  for (const name of rootFiles) file(`/${name}`, "no-cache", () => name);
}
