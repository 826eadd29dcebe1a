/**
 * Whose endpoints are shown, where, and what may be done to them. The parts of these folders take it as `scope`, so
 * that the dashboard and the portal show the same:
 *
 * - `EndpointList` (endpoint-list.tsx): the list, with its search.
 * - `EndpointDetail` (detail/endpoint-detail.tsx): one endpoint, with its tabs; takes `id`.
 * - `EndpointForm` (form/endpoint-form.tsx): a new one, or the settings of `endpoint`.
 * - `SecretsPanel` (detail/secrets-panel.tsx): takes `endpoint`.
 * - `AttemptsTable` (detail/attempts-table.tsx): takes `endpointId`.
 * - `EndpointRoutes` (endpoint-routes.tsx): all of them at their addresses below `scope.base`.
 */
import { useMemo } from "react";
import { useSession } from "../api/session.ts";
import { useTenant } from "../shell/tenant.tsx";

export interface EndpointRights {
  /** Make, change, pause, test, replay, delete, and see secrets. */
  readonly manage: boolean;
  /** Move its cursor. */
  readonly seek: boolean;
}

export interface EndpointScope {
  readonly tenant: string;
  readonly rights: EndpointRights;
  /** Where the list is; the endpoints are below it. */
  readonly base: string;
  readonly eventPath: (id: string) => string;
}

const managing = ["admin", "manage", "portal"];

/** Of whoever is signed in to the dashboard. */
export function useEndpointScope(): EndpointScope {
  const { tenant } = useTenant();
  const scopes = useSession().data?.key?.scopes;
  return useMemo(() => {
    // Where no keys are needed, everything may be done.
    const manage = scopes === undefined || scopes.some((scope) => managing.includes(scope));
    return {
      tenant,
      rights: { manage, seek: manage },
      base: "/endpoints",
      eventPath: (id) => `/events/${encodeURIComponent(id)}`,
    };
  }, [tenant, scopes]);
}
