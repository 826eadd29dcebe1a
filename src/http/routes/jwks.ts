import { Type } from "typebox";
import type { PublicKey } from "../../platform/ed25519.ts";
import { sha256Hex } from "../../platform/hmac.ts";
import { isKnownTag } from "../entity-tag.ts";
import { type HttpServer, jsonContentType, type RouteContext } from "../http-server.ts";

/** Receivers may keep the set for so long; a rotation's grace should be longer. */
const keptSeconds = 300;

const keySetSchema = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Literal("OKP"),
      crv: Type.Literal("Ed25519"),
      x: Type.String({ description: "The public key, in base64url." }),
      kid: Type.String({ description: "The key's thumbprint (RFC 7638): `keyid` of HTTP message signatures." }),
      use: Type.Literal("sig"),
      alg: Type.Literal("EdDSA"),
    }),
  ),
});

interface Written {
  readonly keys: readonly PublicKey[];
  readonly text: string;
  /** Without its quotes. */
  readonly tag: string;
}

/** The public keys that deliveries are signed with, for whoever verifies them. */
export function jwksRoutes(server: HttpServer, { app }: RouteContext): void {
  let written: Written | null = null;
  server.route({
    method: "GET",
    url: "/.well-known/jwks.json",
    config: { access: "public" },
    schema: {
      summary: "The public keys of endpoints that sign with Ed25519",
      description: "A JSON Web Key Set (RFC 7517, RFC 8037); keys that were replaced stay for their grace.",
      responseContent: { 200: { "application/json": keySetSchema } },
    },
    handler: (request, reply) => {
      const keys = app.registry.publishedKeys.all();
      if (written?.keys !== keys) written = write(keys);
      reply
        .header("cache-control", `public, max-age=${keptSeconds}`)
        .header("etag", `"${written.tag}"`)
        .type(jsonContentType);
      if (isKnownTag(request.headers["if-none-match"], written.tag)) reply.code(304).send();
      else reply.send(written.text);
    },
  });
}

function write(keys: readonly PublicKey[]): Written {
  const set = keys.map(({ keyId, bytes }) => {
    const x = Buffer.from(bytes).toString("base64url");
    return { kty: "OKP", crv: "Ed25519", x, kid: keyId, use: "sig", alg: "EdDSA" };
  });
  const text = JSON.stringify({ keys: set });
  return { keys, text, tag: sha256Hex(text).slice(0, 32) };
}
