/** Signing in with a key, for people at a browser; see session-cookie.ts. */
import { readFileSync } from "node:fs";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { isPortalLink, type KeyRecord } from "../../core/key.ts";
import { clientOf } from "../../inbound/client-address.ts";
import type { AllowList } from "../../platform/allow-list.ts";
import { type Asking, admit, credentialOf, type Gate } from "../authenticate.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { lastLook } from "../last-look.ts";
import { brandOf } from "../portal-settings.ts";
import { type SessionBody, sessionSchema, signInSchema } from "../schemas/session.ts";
import { isOfOwnPage, isOfOwnSite, sessionBegin, sessionEnd } from "../session-cookie.ts";
import { SignInGuesses } from "../sign-in-guesses.ts";
import { wireTimeOrNull } from "../wire-time.ts";

const url = "/v1/session";
const anyKey = { access: "any", isOfPortal: true } as const;

export function sessionRoutes(server: HttpServer, { app, gate, portal, trustedProxies }: RouteContext): void {
  const { clock, random, publicUrl } = app;
  const guesses = new SignInGuesses(Buffer.from(random.bytes(4)).readUInt32LE());
  const look = app.store.changes === undefined ? null : lastLook(app);
  const version = packageVersion();
  const nobody: SessionBody = { auth: gate.auth, signed_in: false, brand: brandOf(portal) };
  const session = ({ key }: Pick<Asking, "key">): SessionBody => ({
    ...nobody,
    signed_in: true,
    key: key === null ? null : wireSessionKey(key),
    version,
    store: app.store.kind,
    public_url: publicUrl,
  });
  const unstored = (reply: FastifyReply): FastifyReply => reply.header("cache-control", "no-store");

  server.route({
    method: "POST",
    url,
    config: { access: "public" },
    schema: {
      summary: "Sign in with a key",
      description:
        "Answers a cookie that carries the key, for pages of this server alone: no script reads it, it is sent to `/v1` " +
        "only, and ends with the key, after 30 days at the latest.",
      body: signInSchema,
      response: { 200: sessionSchema },
    },
    handler: async (request, reply) => {
      if (gate.auth === "none") return unstored(reply).send(session(admitted(request, gate)));
      requireOwnPage(request, publicUrl);
      const { key: text } = request.body;
      if (gate.authenticate(text) === null) {
        const address = addressOf(request, trustedProxies);
        refuseGuesses(guesses.waitMs(address, clock.steadyMs()));
        guesses.failed(address, clock.steadyMs());
        await look?.();
      }
      const key = gate.authenticate(text);
      if (key === null) {
        throw new TrotlineError("unauthenticated", "The key is not one of this server, or has ended.", {
          field: "/key",
        });
      }
      if (isPortalLink(key))
        throw new TrotlineError("forbidden", "A link to the portal is opened, not signed in with.");
      const lifeMs = key.expiresAtMs === null ? null : key.expiresAtMs - clock.wallMs();
      const cookie = sessionBegin(text, lifeMs, { headers: request.headers, publicUrl });
      return unstored(reply).header("set-cookie", cookie).send(session({ key }));
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "public" },
    schema: {
      summary: "Who asks",
      description: "By the session, or by the key in `Authorization`; answers 200 also where it is nobody.",
      response: { 200: sessionSchema },
    },
    handler: async (request, reply) => {
      // Another process may have made the key a moment ago.
      if (admit(request, anyKey, gate) instanceof TrotlineError && hasKey(request, gate)) await look?.();
      const asking = admit(request, anyKey, gate);
      return unstored(reply).send(asking instanceof TrotlineError ? nobody : session(asking));
    },
  });

  server.route({
    method: "DELETE",
    url,
    config: { access: "public" },
    schema: {
      summary: "Sign out",
      description: "The browser forgets the key. The key itself goes on; revoke it to end all that came with it.",
      response: { 204: Type.Null() },
    },
    handler: (request, reply) => {
      requireOwnPage(request, publicUrl);
      unstored(reply)
        .header("set-cookie", sessionEnd({ headers: request.headers, publicUrl }))
        .code(204)
        .send(null);
    },
  });
}

function admitted(request: FastifyRequest, gate: Gate): Asking {
  const asking = admit(request, anyKey, gate);
  if (asking instanceof TrotlineError) throw asking;
  return asking;
}

const hasKey = ({ headers }: FastifyRequest, { publicUrl }: Gate): boolean => credentialOf(headers, publicUrl) !== null;

/** Nobody else signs a person in or out. What is no browser's says nothing of pages. */
function requireOwnPage(request: FastifyRequest, publicUrl: string | null): void {
  const isOwn = request.headers.origin === undefined ? isOfOwnSite(request) : isOfOwnPage(request, publicUrl);
  if (isOwn) return;
  throw new TrotlineError("origin-refused", "Only this server's own pages sign in and out.");
}

function addressOf({ raw }: FastifyRequest, trustedProxies: AllowList): string {
  const peer = { address: raw.socket.remoteAddress ?? "", isEncrypted: "encrypted" in raw.socket };
  return clientOf(peer, raw.rawHeaders, trustedProxies).address;
}

function refuseGuesses(waitMs: number): void {
  if (waitMs === 0) return;
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  throw new TrotlineError("too-many-guesses", "What came from this address was no key too often.", {
    retryAfterSeconds,
  });
}

const wireSessionKey = ({ id, name, scopes, tenant, expiresAtMs }: KeyRecord): NonNullable<SessionBody["key"]> => ({
  id,
  name,
  scopes: [...scopes],
  tenant,
  expires_at: wireTimeOrNull(expiresAtMs),
});

function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
