/** The whole: what every page may ask for, and which page is at an address. */
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Route, Switch, useLocation } from "wouter";
import { makeQueryClient } from "./api/query-client.ts";
import { AwayNotice } from "./components/away-notice.tsx";
import { Loading } from "./components/loading.tsx";
import { PageFault } from "./components/page-fault.tsx";
import { ToastProvider } from "./components/toast.tsx";
import { LanguageProvider } from "./i18n/language.tsx";
import { NoPage } from "./shell/no-page.tsx";
import { SessionGate } from "./shell/session-gate.tsx";
import { Shell } from "./shell/shell.tsx";
import { TenantProvider } from "./shell/tenant.tsx";

const Overview = lazy(() => import("./overview/overview-page.tsx"));
const Events = lazy(() => import("./events/events-page.tsx"));
const Endpoints = lazy(() => import("./endpoints/endpoints-page.tsx"));
const Consumers = lazy(() => import("./consumers/consumers-page.tsx"));
const Sources = lazy(() => import("./sources/sources-page.tsx"));
const Bins = lazy(() => import("./bins/bins-page.tsx"));
const Settings = lazy(() => import("./settings/settings-page.tsx"));
const Portal = lazy(() => import("./portal/portal-page.tsx"));

export function Dashboard() {
  const [queryClient] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>
        <ToastProvider>
          <AwayNotice />
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/portal/*?">
                <PageFault place="portal">
                  <Portal />
                </PageFault>
              </Route>
              <Route>
                <SessionGate>
                  <TenantProvider>
                    <SignedIn />
                  </TenantProvider>
                </SessionGate>
              </Route>
            </Switch>
          </Suspense>
        </ToastProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

function SignedIn() {
  const [location] = useLocation();
  return (
    <Shell>
      <PageFault place={location}>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/events/*?" component={Events} />
            <Route path="/endpoints/*?" component={Endpoints} />
            <Route path="/consumers/*?" component={Consumers} />
            <Route path="/sources/*?" component={Sources} />
            <Route path="/bins/*?" component={Bins} />
            <Route path="/settings/*?" component={Settings} />
            <Route component={NoPage} />
          </Switch>
        </Suspense>
      </PageFault>
    </Shell>
  );
}
