/** What a link shows of one tenant: its endpoints, events and attempts, and nothing else. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Problem } from "../api/ask.ts";
import { type Session, sessionKey, useSession } from "../api/session.ts";
import { Loading } from "../components/loading.tsx";
import { SiteName } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { EndpointRoutes } from "../endpoints/endpoint-routes.tsx";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useTexts } from "../i18n/language.tsx";
import { TenantProvider } from "../shell/tenant.tsx";
import { PortalAttempts } from "./portal-attempts.tsx";
import { PortalEvents } from "./portal-events.tsx";
import { PortalFrame } from "./portal-frame.tsx";
import { PortalNotice } from "./portal-notice.tsx";
import { PortalOverview } from "./portal-overview.tsx";
import { usePortalToken } from "./portal-token.ts";
import { portalTexts } from "./texts.ts";
import { useBrand } from "./use-brand.ts";

export default function PortalPage() {
  const t = useTexts(portalTexts);
  const token = usePortalToken();
  const session = useSession();
  const { refetch } = session;
  useEndedLink();
  useEffect(() => {
    if (token !== null) void refetch();
  }, [token, refetch]);
  useBrand(session.data?.brand);
  const name = session.data?.brand?.name ?? t.webhooks;
  const look = session.data?.brand ?? null;
  if (session.isPending) return <Loading />;
  if (session.data === undefined) return <ProblemBox error={session.error} onRetry={() => void session.refetch()} />;
  const key = session.data.key ?? null;
  const isLink = token !== null && session.data.signed_in && key?.tenant !== null && key?.tenant !== undefined;
  if (!isLink) return <PortalNotice name={name} look={look} isOver={token !== null} />;
  return (
    <SiteName value={name}>
      <TenantProvider>
        <PortalFrame name={name} look={look} expiresAt={key.expires_at}>
          <Places tenant={key.tenant} />
        </PortalFrame>
      </TenantProvider>
    </SiteName>
  );
}

function Places({ tenant }: { readonly tenant: string }) {
  const scope = useMemo<EndpointScope>(
    () => ({
      tenant,
      rights: { manage: true, seek: false },
      base: "/portal/endpoints",
      eventPath: (id) => `/portal/events/${encodeURIComponent(id)}`,
    }),
    [tenant],
  );
  return (
    <Switch>
      <Route path="/portal">
        <PortalOverview scope={scope} />
      </Route>
      <Route path="/portal/endpoints/*?">
        <EndpointRoutes scope={scope} />
      </Route>
      <Route path="/portal/events/*?">
        <PortalEvents scope={scope} />
      </Route>
      <Route path="/portal/attempts">
        <PortalAttempts scope={scope} />
      </Route>
      <Route>
        <Redirect to="/portal" />
      </Route>
    </Switch>
  );
}

/** Whatever is refused as nobody's: then the link has ended, and the session tells. */
function useEndedLink(): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    const look = (error: unknown): void => {
      if (!(error instanceof Problem) || error.status !== 401) return;
      const session = queryClient.getQueryData<Session>(sessionKey);
      if (session?.signed_in === true) void queryClient.invalidateQueries({ queryKey: sessionKey });
    };
    const ends = [
      queryClient.getQueryCache().subscribe(({ type, query }) => type === "updated" && look(query.state.error)),
      queryClient.getMutationCache().subscribe(({ type, mutation }) => {
        if (type === "updated") look(mutation.state.error);
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [queryClient]);
}
