/** What handshakes share: who may ask, which challenges are repeated, and how. */
import { refusal } from "../refusal.ts";
import { parameterOf } from "../request-parts.ts";
import type { HandshakeAnswer, Refusal, SchemeRequest, SchemeSetting, VerifyContext } from "../scheme.ts";
import { choiceRefusal } from "../settings-check.ts";
import { isSameText } from "../signature-key.ts";

/** Bytes of a body that may be a handshake: no provider's is larger. */
export const handshakeBytesMax = 8192;
const challengeLengthMax = 512;

/** Whether a body may be a handshake that has this word: what is not need not be read for it. */
export const mayBe = (body: Uint8Array, word: string): boolean =>
  body.length <= handshakeBytesMax && Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(word);

export const tokenSetting: SchemeSetting = {
  name: "token",
  description: "What the source's URL carries as `?token=` wherever a handshake is answered that is not signed.",
  isRequired: false,
  isSecret: true,
};

export const acceptSetting: SchemeSetting = {
  name: "handshake",
  description: "`accept`: handshakes without a signature are answered although the source has no `token`.",
  isRequired: false,
};

/** What `acceptSetting` can be. */
export const handshakeRefusal = (settings: Readonly<Record<string, string>>): string | null =>
  choiceRefusal(settings, { handshake: ["accept"] });

/** Why a handshake that is not signed is not answered; null where it may be. */
export function tokenRefusal(request: SchemeRequest, { settings }: Pick<VerifyContext, "settings">): Refusal | null {
  const { token = "", handshake } = settings;
  if (token === "") {
    return handshake === "accept"
      ? null
      : refusal("handshake_refused", "The source has neither a `token` nor `handshake: accept`.");
  }
  const given = parameterOf(request, "token") ?? "";
  return isSameText(given, token) ? null : refusal("handshake_refused", "The URL has another `token`, or none.");
}

/** What stays what it is in a text, in JSON, in HTML and in a header. */
const isHarmless = (text: string): boolean => /^[\x20-\x7e]+$/.test(text) && !/[<>"'`&\\]/.test(text);

/** The challenge where it may be repeated: short, printable, and of no use to whoever would have it shown as a page. */
export const isRepeatable = (challenge: unknown): challenge is string =>
  typeof challenge === "string" && challenge.length <= challengeLengthMax && isHarmless(challenge);

export const unrepeatable = refusal(
  "handshake_refused",
  `The challenge is missing, longer than ${challengeLengthMax} characters, or has characters that are not repeated.`,
);

/** The challenge as plain text that no browser takes for anything else. */
export const repeated = (challenge: unknown): HandshakeAnswer | Refusal =>
  isRepeatable(challenge) ? textAnswer(challenge) : unrepeatable;

export const textAnswer = (body: string): HandshakeAnswer => ({
  status: 200,
  headers: ["content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"],
  body,
});

export const jsonAnswer = (value: object): HandshakeAnswer => ({
  status: 200,
  headers: ["content-type", "application/json", "x-content-type-options", "nosniff"],
  body: JSON.stringify(value),
});
