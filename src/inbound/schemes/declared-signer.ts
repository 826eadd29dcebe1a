/** The other side of a declared scheme: puts a delivery's id, type and time in their places, and signs. */
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import type { CustomScheme, SignatureAlgorithm } from "../../core/scheme.ts";
import { parsePlace } from "../../core/value-place.ts";
import { compileScheme, signedParts } from "./found-signatures.ts";
import { placeValue } from "./place-value.ts";
import { RequestValues } from "./request-values.ts";
import type { SchemeRequest, SchemeSigner } from "./scheme.ts";
import { hashOf, keyOf } from "./signature-key.ts";
import { writeTime } from "./signed-time.ts";

const secretBytes = 32;

export function declaredSigner(custom: CustomScheme): SchemeSigner {
  return {
    makeSecret: (random) => makeSecret(custom, random),
    sign: (draft, { signingKey, nowMs, settings }) => {
      const { deliveryId, type, ...request } = draft;
      const { timestamp, occurredAt } = custom;
      let drafted: SchemeRequest = request;
      if (custom.id !== null) drafted = placeValue(drafted, custom.id, deliveryId);
      if (custom.type !== null) drafted = placeValue(drafted, custom.type, type);
      if (occurredAt !== null && new RequestValues(drafted).one(occurredAt.place) === null) {
        drafted = placeTime(drafted, occurredAt, nowMs);
      }
      const time = timestamp === null ? "" : writeTime(nowMs, timestamp.unit);
      if (timestamp !== null && !timestamp.place.startsWith("pair:")) drafted = placeTime(drafted, timestamp, nowMs);
      const signature = signatureOf(custom, drafted, { signingKey, time, url: settings.url ?? drafted.url });
      return placeValue(drafted, custom.signature.place, headerValue(custom, signature, time));
    },
  };
}

type TimePlace = NonNullable<CustomScheme["timestamp"]>;

const placeTime = (request: SchemeRequest, { place, unit }: TimePlace, nowMs: number): SchemeRequest =>
  placeValue(request, place, unit === "rfc3339" ? writeTime(nowMs, unit) : Number(writeTime(nowMs, unit)));

function headerValue({ signature, timestamp }: CustomScheme, text: string, time: string): string {
  const { form, prefix, separator, name } = signature;
  if (form !== "pairs") return prefix + text;
  const pair = timestamp === null ? null : parsePlace(timestamp.place, true);
  const isPair = pair !== null && typeof pair === "object" && pair.kind === "pair";
  return `${isPair ? `${pair.name}=${time}${separator}` : ""}${name}=${prefix}${text}`;
}

function signatureOf(
  custom: CustomScheme,
  request: SchemeRequest,
  { signingKey, time, url }: { signingKey: string; time: string; url: string },
): string {
  const { algorithm, signature } = custom;
  if (algorithm === "token") return Buffer.from(signingKey, "utf8").toString("latin1");
  const parts = signedParts(compileScheme(custom), new RequestValues(request), { timestamp: time, url });
  if ("ok" in parts) throw new Error(parts.detail);
  const hash = hashOf(algorithm);
  if (hash === null) {
    const key = createPrivateKey({ key: Buffer.from(signingKey, "base64"), format: "der", type: "pkcs8" });
    const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    return sign(algorithm === "ed25519" ? null : "sha256", content, key).toString(signature.encoding);
  }
  const digest = createHmac(hash, keyOf(custom, signingKey));
  for (const part of parts) digest.update(part);
  return digest.digest(signature.encoding);
}

function makeSecret(custom: CustomScheme, random: (count: number) => Uint8Array) {
  const { algorithm, secretEncoding, secretPrefix } = custom;
  if (algorithm !== "token" && hashOf(algorithm) === null) return keyPair(algorithm, secretPrefix);
  const bytes = Buffer.from(random(secretBytes));
  const secret = secretPrefix + bytes.toString(secretEncoding === "base64" ? "base64" : "hex");
  return { secret, signingKey: secret };
}

/** The public half in base64 of its SPKI, and the private in base64 of its PKCS #8. */
function keyPair(algorithm: SignatureAlgorithm, prefix: string) {
  const { publicKey, privateKey } =
    algorithm === "ed25519"
      ? generateKeyPairSync("ed25519")
      : algorithm === "rsa-sha256"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  return { secret: prefix + spki, signingKey: pkcs8 };
}
