/** Discord: interactions and webhook events, both with Ed25519 over time and body. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { type CustomSchemeInput, completeScheme } from "../../core/scheme.ts";
import { declaredPreset } from "./declared.ts";
import { declaredSigner } from "./declared-signer.ts";
import { discordHandshake } from "./handshakes/discord.ts";
import type { SchemeSigner } from "./scheme.ts";

const custom: CustomSchemeInput = {
  algorithm: "ed25519",
  signature: { place: "header:X-Signature-Ed25519" },
  content: "{timestamp}{body}",
  timestamp: { place: "header:X-Signature-Timestamp", unit: "seconds" },
  id: "body:id",
  type: "body:event.type",
  occurredAt: { place: "body:event.timestamp", unit: "rfc3339" },
};

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-type */
const interactions: Readonly<Record<string, string>> = {
  "2": "APPLICATION_COMMAND",
  "3": "MESSAGE_COMPONENT",
  "4": "APPLICATION_COMMAND_AUTOCOMPLETE",
  "5": "MODAL_SUBMIT",
};

export const discord = declaredPreset({
  name: "discord",
  title: "Discord",
  documentation: "https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint",
  secret: "The public key of the application: Developer Portal, General Information.",
  // Of interactions: https://docs.discord.com/developers/interactions/receiving-and-responding
  answerDeadlineMs: 3000,
  // What webhook events ask for. An interaction is answered by its callback, with the token in the event.
  answer: { status: 204, headers: ["content-type", "application/json"], body: "" },
  custom,
  facts: (values, found) => {
    if (found.type !== null) return found;
    return { ...found, type: interactions[values.one("body:type") ?? ""] ?? null };
  },
  handshake: discordHandshake,
  signer: discordSigner(),
});

function discordSigner(): SchemeSigner {
  const signer = declaredSigner(completeScheme(custom));
  return {
    ...signer,
    makeSecret(random) {
      const { signingKey } = signer.makeSecret(random);
      const key = createPrivateKey({ key: Buffer.from(signingKey, "base64"), format: "der", type: "pkcs8" });
      const { x = "" } = createPublicKey(key).export({ format: "jwk" });
      return { secret: Buffer.from(x, "base64url").toString("hex"), signingKey };
    },
  };
}
