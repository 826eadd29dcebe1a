import { LinkButton } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Page } from "../components/page.tsx";
import { useTexts } from "../i18n/language.tsx";
import { shellTexts } from "./texts.ts";

export function NoPage() {
  const t = useTexts(shellTexts);
  const back = (
    <LinkButton to="/" look="primary">
      {t.overview}
    </LinkButton>
  );
  return (
    <Page title={t.noPage}>
      <EmptyState title={t.noPage} actions={back}>
        {t.noPageHint}
      </EmptyState>
    </Page>
  );
}
