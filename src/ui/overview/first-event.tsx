/** For a log without an event: how the first one gets there. */
import { useSession } from "../api/session.ts";
import { LinkButton } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { overviewTexts } from "./texts.ts";

export function FirstEvent() {
  const t = useTexts(overviewTexts);
  const { tenant } = useTenant();
  const session = useSession().data;
  const url = session?.public_url ?? location.origin;
  const key = session?.auth === "none" ? "" : ` -H "Authorization: Bearer $KEY"`;
  const event = JSON.stringify({
    ...(tenant !== "default" && { tenant }),
    type: "order.paid",
    data: { order: "A-1", amount: 4200 },
  });
  const command = `curl -s ${url}/v1/events${key} \\\n  -H 'Content-Type: application/json' \\\n  -d '${event}'`;
  return (
    <EmptyState
      title={t.firstTitle}
      actions={
        <>
          <LinkButton to="/endpoints/new" look="primary">
            {t.addEndpoint}
          </LinkButton>
          <LinkButton to="/settings">{t.makeKey}</LinkButton>
          <LinkButton to="/bins">{t.tryBin}</LinkButton>
        </>
      }
    >
      <p>{t.firstText}</p>
      <div className="mt-3 text-start text-text">
        <CodeBlock text={command} label={t.firstCommand} />
      </div>
    </EmptyState>
  );
}
