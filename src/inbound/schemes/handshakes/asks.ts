/** The provider's side of handshakes, for the simulator and for tests: what each asks, and which answer it takes. */
import { isDeepStrictEqual } from "node:util";
import { declaredSigner } from "../declared-signer.ts";
import { withParameter } from "../draft.ts";
import { hmac } from "../matching.ts";
import type { Scheme, SchemeAnswer, SchemeRequest } from "../scheme.ts";

export interface Ask {
  readonly request: SchemeRequest;
  /** Why the provider would not take the answer; null where it would. */
  complaint(answer: SchemeAnswer): string | null;
}

export interface AskGround {
  readonly url: string;
  /** The shared secret, or the private key of one that is not shared. */
  readonly signingKey: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

interface Wanted {
  readonly statuses: readonly number[];
  readonly text?: string;
  readonly json?: unknown;
  readonly header?: readonly [name: string, value: string];
}

type Question = (ground: AskGround) => { readonly request: SchemeRequest; readonly wanted: Wanted };

const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
const ok = [200];

/** What the scheme's provider asks; null where it asks nothing, or only with a certificate of its own. */
export function askOf(scheme: Scheme, ground: AskGround): Ask | null {
  const question = questions[scheme.name];
  if (question === undefined) return null;
  const { request, wanted } = question(ground);
  const isSigned = scheme.handshake?.isSigned === true && scheme.custom !== null;
  return {
    request: isSigned ? signedAsItIs(scheme, request, ground) : request,
    complaint: (answer) => complaintAbout(answer, wanted),
  };
}

/** A handshake has neither the type nor the id of an event. */
function signedAsItIs({ custom }: Scheme, request: SchemeRequest, { signingKey, nowMs, settings }: AskGround) {
  const signer = declaredSigner({
    ...custom!,
    id: custom!.content.includes("{id}") ? custom!.id : null,
    type: null,
    occurredAt: null,
  });
  return signer.sign({ ...request, deliveryId: "handshake-1", type: "handshake" }, { signingKey, nowMs, settings });
}

function complaintAbout({ status, headers, body }: SchemeAnswer, wanted: Wanted): string | null {
  if (!wanted.statuses.includes(status)) return `It wants ${wanted.statuses.join(" or ")}, and was answered ${status}.`;
  if (wanted.text !== undefined && wanted.text !== body)
    return "It wants its challenge, and nothing else, as the answer.";
  if (wanted.json !== undefined && !isDeepStrictEqual(parsed(body), wanted.json))
    return "It wants another JSON as the answer.";
  if (wanted.header === undefined) return null;
  const [name, value] = wanted.header;
  const index = headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name);
  return headers[index + 1] === value && index !== -1
    ? null
    : `It wants the header \`${name}\` with what it sent, or was told.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const posted = (url: string, value: unknown, headers: readonly string[] = []): SchemeRequest => ({
  method: "POST",
  url,
  headers: ["content-type", "application/json", ...headers],
  body: Buffer.from(JSON.stringify(value)),
});

/** The URL that the provider was given has the source's token; the rest is the provider's. */
function asked(
  method: string,
  { url, settings }: AskGround,
  parameters: Readonly<Record<string, string>> = {},
): SchemeRequest {
  const { token = "" } = settings;
  const all = { ...(token !== "" && { token }), ...parameters };
  const whole = Object.entries(all).reduce((made, [name, value]) => withParameter({ url: made }, name, value), url);
  return { method, url: whole, headers: [], body: new Uint8Array(0) };
}

const questions: Readonly<Record<string, Question>> = {
  slack: ({ url }) => ({
    request: posted(url, { token: "Jhj5dZrVaK7ZwHHjRyZWjbDl", challenge, type: "url_verification" }),
    wanted: { statuses: ok, text: challenge },
  }),
  zoom: ({ url, signingKey }) => ({
    request: posted(url, { event: "endpoint.url_validation", payload: { plainToken: challenge } }),
    wanted: {
      statuses: [200, 204],
      json: { plainToken: challenge, encryptedToken: hmac("sha256", signingKey, challenge).toString("hex") },
    },
  }),
  twitch: ({ url }) => ({
    request: posted(url, { challenge, subscription: { status: "webhook_callback_verification_pending" } }, [
      "Twitch-Eventsub-Message-Type",
      "webhook_callback_verification",
    ]),
    wanted: { statuses: ok, text: challenge },
  }),
  discord: ({ url }) => ({
    request: posted(url, { id: "1", application_id: "1", type: 1, version: 1 }),
    wanted: { statuses: ok, json: { type: 1 } },
  }),
  meta: (ground) => ({
    request: asked("GET", ground, {
      "hub.mode": "subscribe",
      "hub.challenge": "1158201444",
      "hub.verify_token": ground.settings.verify_token ?? "",
    }),
    wanted: { statuses: ok, text: "1158201444" },
  }),
  dropbox: (ground) => ({
    request: asked("GET", ground, { challenge }),
    wanted: { statuses: ok, text: challenge },
  }),
  "microsoft-graph": (ground) => {
    const validationToken = "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e";
    return {
      request: asked("POST", ground, { validationToken }),
      wanted: { statuses: ok, text: validationToken },
    };
  },
  websub: (ground) => ({
    request: asked("GET", ground, {
      "hub.mode": "subscribe",
      "hub.topic": ground.settings.topic ?? "",
      "hub.challenge": challenge,
      "hub.lease_seconds": "864000",
    }),
    wanted: { statuses: ok, text: challenge },
  }),
  cloudevents: (ground) => permissionAsked(ground, ground.settings.origins?.split(",")[0]?.trim() ?? ""),
  "event-grid": (ground) => {
    const request = posted(
      withParameter(ground, "token", ground.signingKey),
      [{ data: { validationCode: challenge } }],
      ["aeg-event-type", "SubscriptionValidation"],
    );
    return { request, wanted: { statuses: ok, json: { validationResponse: challenge } } };
  },
  x: (ground) => {
    const request = asked("GET", ground, { crc_token: challenge, nonce: "1" });
    const signed = request.url.slice(request.url.indexOf("?") + 1);
    const made = (text: string) => `sha256=${hmac("sha256", ground.signingKey, text).toString("base64")}`;
    return {
      request: { ...request, headers: ["x-twitter-webhooks-signature", made(signed)] },
      wanted: { statuses: ok, json: { response_token: made(challenge) } },
    };
  },
  asana: (ground) => ({
    request: { ...asked("POST", ground), headers: ["X-Hook-Secret", ground.signingKey] },
    wanted: { statuses: [200, 204], header: ["x-hook-secret", ground.signingKey] },
  }),
  woocommerce: (ground) => {
    const headers = ["content-type", "application/x-www-form-urlencoded"];
    return {
      request: { ...asked("POST", ground), headers, body: Buffer.from("webhook_id=7") },
      wanted: { statuses: ok },
    };
  },
  intercom: (ground) => ({ request: asked("HEAD", ground), wanted: { statuses: ok } }),
};

function permissionAsked(ground: AskGround, origin: string): ReturnType<Question> {
  const url = withParameter(ground, "access_token", ground.signingKey);
  return {
    request: { method: "OPTIONS", url, headers: ["WebHook-Request-Origin", origin], body: new Uint8Array(0) },
    wanted: { statuses: [200, 204], header: ["webhook-allowed-origin", origin] },
  };
}
