import type { Endpoint } from "../../../sdk/wire.ts";
import type { EndpointScope } from "../scope.ts";

/** What the parts of one endpoint are of. */
export interface OfEndpoint {
  readonly scope: EndpointScope;
  readonly endpoint: Endpoint;
}
