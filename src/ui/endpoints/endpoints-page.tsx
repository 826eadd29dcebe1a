/** The dashboard's page of endpoints; its parts are told in `scope.ts`. */
import { EndpointRoutes } from "./endpoint-routes.tsx";
import { useEndpointScope } from "./scope.ts";

export default function EndpointsPage() {
  return <EndpointRoutes scope={useEndpointScope()} />;
}
