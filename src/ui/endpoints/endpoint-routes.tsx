/**
 * The pages of endpoints at their addresses, below wherever they are shown. Whoever may only look is led from forms to
 * what they are of.
 */
import { Redirect, Route, Switch } from "wouter";
import { LinkButton } from "../components/button.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useTexts } from "../i18n/language.tsx";
import { Back } from "./back.tsx";
import { EndpointDetail } from "./detail/endpoint-detail.tsx";
import { titleOf } from "./endpoint-condition.ts";
import { EndpointList } from "./endpoint-list.tsx";
import { useEndpoint } from "./endpoint-queries.ts";
import { EndpointForm } from "./form/endpoint-form.tsx";
import type { EndpointScope } from "./scope.ts";
import { endpointsTexts } from "./texts.ts";

export function EndpointRoutes({ scope }: { readonly scope: EndpointScope }) {
  const { base } = scope;
  return (
    <Switch>
      <Route path={base}>
        <ListPage scope={scope} />
      </Route>
      {scope.rights.manage && (
        <Route path={`${base}/new`}>
          <NewPage scope={scope} />
        </Route>
      )}
      {scope.rights.manage && (
        <Route path={`${base}/:id/edit`}>{({ id }) => <EditPage scope={scope} id={id} key={id} />}</Route>
      )}
      <Route path={`${base}/new`}>
        <Redirect to={base} replace />
      </Route>
      <Route path={`${base}/:id/edit`}>{({ id }) => <Redirect to={`${base}/${id}`} replace />}</Route>
      <Route path={`${base}/:id`}>{({ id }) => <EndpointDetail scope={scope} id={id} key={id} />}</Route>
    </Switch>
  );
}

function ListPage({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(endpointsTexts);
  const button = (
    <LinkButton to={`${scope.base}/new`} look="primary">
      {t.add}
    </LinkButton>
  );
  return (
    <Page title={t.title} actions={scope.rights.manage ? button : undefined}>
      <EndpointList scope={scope} />
    </Page>
  );
}

function NewPage({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(endpointsTexts);
  return (
    <Page title={t.add} above={<Back to={scope.base}>{t.title}</Back>}>
      <EndpointForm scope={scope} />
    </Page>
  );
}

function EditPage({ scope, id }: { readonly scope: EndpointScope; readonly id: string }) {
  const t = useTexts(endpointsTexts);
  const { data: endpoint, error, refetch } = useEndpoint(id);
  if (endpoint === undefined) {
    return (
      <Page title={t.edit} above={<Back to={scope.base}>{t.title}</Back>}>
        {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Page title={t.edit} above={<Back to={`${scope.base}/${id}`}>{titleOf(endpoint)}</Back>}>
      <EndpointForm scope={scope} endpoint={endpoint} />
    </Page>
  );
}
