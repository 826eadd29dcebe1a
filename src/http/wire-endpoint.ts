/** Endpoints between their JSON and the noun. */
import type { Endpoint } from "../core/endpoint.ts";
import { cursorAt, type Epochs } from "../core/epochs.ts";
import type { LaneView } from "../outbound/deliveries.ts";
import type { EndpointInput } from "../registry/registry.ts";
import { kindFacet } from "./endpoint-facets/kind.ts";
import { orderFacet } from "./endpoint-facets/order.ts";
import { paceFacet } from "./endpoint-facets/pace.ts";
import { payloadFacet } from "./endpoint-facets/payload.ts";
import { reachFacet } from "./endpoint-facets/reach.ts";
import { selectionFacet } from "./endpoint-facets/selection.ts";
import { signingFacet } from "./endpoint-facets/signing.ts";
import type { EndpointBody, EndpointSettings } from "./schemas/endpoint.ts";
import { checkedPatterns } from "./type-patterns.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

export function wireEndpoint(endpoint: Endpoint, lane: LaneView, epochs: Epochs): EndpointBody {
  return {
    id: endpoint.id,
    tenant: endpoint.tenant,
    url: endpoint.kind === "http" ? endpoint.url : null,
    description: endpoint.description,
    types: [...endpoint.types],
    headers: { ...endpoint.headers },
    timeout_ms: endpoint.timeoutMs,
    retry_delays_ms: [...endpoint.retry.delaysMs],
    max_in_flight: endpoint.maxInFlight,
    disable_after_ms: endpoint.disableAfterMs,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    created_at: wireTime(endpoint.createdAtMs),
    updated_at: wireTime(endpoint.updatedAtMs),
    cursor: cursorAt(epochs, lane.cursor),
    lag: lane.lag,
    in_flight: lane.inFlight,
    parked: lane.parked,
    health: {
      state: lane.nextProbeAtMs !== null ? "open" : lane.consecutiveFailures > 0 ? "failing" : "healthy",
      consecutive_failures: lane.consecutiveFailures,
      failing_since: wireTimeOrNull(lane.failingSinceMs),
      next_probe_at: wireTimeOrNull(lane.nextProbeAtMs),
      paused_until: wireTimeOrNull(lane.pausedUntilMs),
      window: lane.window,
    },
    ...kindFacet.wire(endpoint),
    ...selectionFacet.wire(endpoint),
    ...payloadFacet.wire(endpoint),
    ...signingFacet.wire(endpoint),
    ...reachFacet.wire(endpoint),
    ...paceFacet.wire(endpoint),
    ...orderFacet.wire(endpoint),
  };
}

/** What a body sets; members that it leaves out stay out. Refuses patterns that are none with `invalid-body`. */
export function endpointInput(body: EndpointSettings): Partial<EndpointInput> {
  const input: { -readonly [Key in keyof EndpointInput]?: EndpointInput[Key] } = {};
  if (body.url !== undefined) input.url = body.url;
  if (body.description !== undefined) input.description = body.description;
  if (body.types !== undefined) input.types = checkedPatterns(body.types);
  if (body.headers !== undefined) input.headers = body.headers;
  if (body.timeout_ms !== undefined) input.timeoutMs = body.timeout_ms;
  if (body.retry_delays_ms !== undefined) input.retry = { delaysMs: body.retry_delays_ms };
  if (body.max_in_flight !== undefined) input.maxInFlight = body.max_in_flight;
  if (body.disable_after_ms !== undefined) input.disableAfterMs = body.disable_after_ms;
  if (body.secrets !== undefined) input.secrets = body.secrets;
  return {
    ...input,
    ...kindFacet.input(body),
    ...selectionFacet.input(body),
    ...payloadFacet.input(body),
    ...signingFacet.input(body),
    ...reachFacet.input(body),
    ...paceFacet.input(body),
    ...orderFacet.input(body),
  };
}
