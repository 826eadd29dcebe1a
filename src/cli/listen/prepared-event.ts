/** An event made ready to be sent to local code, as often as it takes. */
import type { Trotline, TrotlineEvent } from "../../sdk/client.ts";
import { memberBytes } from "../raw-json.ts";
import { type Selection, schemeNames } from "./listen-selection.ts";
import { type LocalAim, type LocalRequest, receivedRequest } from "./local-request.ts";
import { signedRequest } from "./signed-request.ts";

export interface PreparedEvent {
  readonly event: TrotlineEvent;
  /** What it holds, for as long as it may be sent again. */
  readonly bytes: number;
  /** Of now: a signature has a time. */
  request(): Promise<LocalRequest>;
}

export type Prepare = (event: TrotlineEvent, signal: AbortSignal) => Promise<PreparedEvent>;

/** `aim` is null where nothing is sent: then requests are shown as they came. */
export function preparing(
  client: Trotline,
  { requestOf, isBin }: Pick<Selection, "requestOf" | "isBin">,
  { aim, secret }: { readonly aim: LocalAim | null; readonly secret: string | null },
): Prepare {
  const schemeOf = isBin ? async () => null : schemeNames(client);
  return async (event, signal) => {
    if (event.source === undefined) return published(event, aim, secret);
    const received = await requestOf(event, signal);
    const how = { verifiedBy: await schemeOf(event.source, signal), isWhole: isBin };
    const request =
      aim === null
        ? { ...receivedRequest(received, { to: "http://localhost/", headers: {} }, how), url: received.target }
        : receivedRequest(received, aim, how);
    return { event, bytes: request.body.length, request: async () => request };
  };
}

function published(event: TrotlineEvent, aim: LocalAim | null, secret: string | null): PreparedEvent {
  const data = memberBytes(event, "data");
  const unsent = { method: "", url: "", headers: [], body: data, verifiedBy: null, hidden: [] };
  return {
    event,
    bytes: data.length,
    request: async () =>
      aim === null || secret === null ? unsent : signedRequest(event, { aim, secret, nowMs: Date.now() }),
  };
}
