/** What a received event has beside its data, as JSON. */

import type { StoredEvent } from "../core/event.ts";
import { decodeRequest } from "../core/received-request.ts";
import type { Sources } from "../registry/sources.ts";
import { wireRequest } from "./wire-request.ts";

/** Writes `,"request":{…}` behind the data of an event; nothing where it was published. */
export type RequestMember = (event: StoredEvent) => string;

const nothing = new Uint8Array(0);

export const requestMember =
  (sources: Pick<Sources, "byName">): RequestMember =>
  (event) => {
    if (event.request === null) return "";
    const { deliveryId, providerType, source, ...request } = decodeRequest(event.request, event.data);
    const isData = request.body === event.data;
    const wire = wireRequest(isData ? { ...request, body: nothing } : request, sources.byName(source));
    // Of data that are the body byte for byte there is no second copy.
    const { body, ...head } = wire;
    const shown = isData ? head : wire;
    return `,"request":${JSON.stringify({ delivery_id: deliveryId, provider_type: providerType, ...shown })}`;
  };
