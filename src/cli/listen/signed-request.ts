/** A published event as the server would send it to an endpoint: the standard body, signed as Standard Webhooks say. */
import { createHmac } from "node:crypto";
import { eventVersionHeaders } from "../../outbound/payload/event-version-header.ts";
import { verify } from "../../sdk/verify.ts";
import type { TrotlineEvent } from "../../sdk/wire.ts";
import { memberBytes } from "../raw-json.ts";
import { type LocalAim, type LocalRequest, lengthHeader, ownHeaders } from "./local-request.ts";

/** What verified it: this program, before it was sent. */
const verifiedBy = "standard-webhooks";

export async function signedRequest(
  event: TrotlineEvent,
  { aim, secret, nowMs }: { readonly aim: LocalAim; readonly secret: string; readonly nowMs: number },
): Promise<LocalRequest> {
  const body = Buffer.concat([Buffer.from(`${headOf(event)},"data":`), memberBytes(event, "data"), closingBrace]);
  const timestamp = String(Math.floor(nowMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${event.id}.${timestamp}.`).update(body).digest("base64");
  const signed = { "webhook-id": event.id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
  // As the receiver will: a secret that it could not use is better met here.
  await verify(body, signed, secret, { nowMs });
  const own = new Set(Object.keys(aim.headers).map((name) => name.toLowerCase()));
  const usual = {
    "content-type": "application/json",
    "user-agent": "Trotline/1 (webhook)",
    ...versionHeader(event),
    ...signed,
  };
  const headers = Object.entries(usual).filter(([name]) => !own.has(name));
  return {
    method: "POST",
    url: aim.to,
    headers: [...headers.flat(), ...ownHeaders(aim.headers), ...lengthHeader("POST", body)],
    body,
    verifiedBy,
    hidden: [],
  };
}

/** Of a version that a header can carry; the body has it in any case. */
function versionHeader({ version }: TrotlineEvent): Record<string, string> {
  const [name, value] = eventVersionHeaders(version ?? null) ?? [];
  return name === undefined || value === undefined ? {} : { [name]: value };
}

const closingBrace = Buffer.from("}");

/** The members before `data`, in the order of the server's. */
function headOf({ id, type, occurred_at: timestamp, subject, version }: TrotlineEvent): string {
  const head = JSON.stringify({ id, type, timestamp, subject, version });
  return head.slice(0, -1);
}
