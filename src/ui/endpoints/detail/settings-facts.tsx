/** The settings as they are; the form changes them. */
import type { ReactNode } from "react";
import type { Endpoint } from "../../../sdk/wire.ts";
import { LinkButton } from "../../components/button.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { Facts } from "../../components/facts.tsx";
import { Card } from "../../components/page.tsx";
import { type Formats, useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { placeOf } from "../endpoint-condition.ts";
import { advancedTexts } from "../form/advanced-texts.ts";
import { formTexts } from "../form/texts.ts";
import type { OfEndpoint } from "./of-endpoint.ts";
import { detailTexts } from "./texts.ts";

const code = (text: string): ReactNode => <code className="break-all">{text}</code>;

export function SettingsFacts({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  const form = useTexts(formTexts);
  const facts = useAdvancedFacts(endpoint);
  const { types, filter, transform, headers } = endpoint;
  const edit = scope.rights.manage && <LinkButton to={`${scope.base}/${endpoint.id}/edit`}>{t.edit}</LinkButton>;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Card title={form.whatItGets} actions={edit}>
        <div className="flex flex-col gap-4">
          <Facts
            facts={[
              [
                endpoint.kind === "http" ? form.url : form.kinds(endpoint.kind),
                code(endpoint.url ?? placeOf(endpoint)),
              ],
              [form.types, types.length === 0 ? form.everyType : code(types.join(", "))],
            ]}
          />
          {filter !== null && <Expression label={form.filter} text={filter} />}
          {transform !== null && <Expression label={form.transform} text={transform} />}
          {Object.keys(headers).length > 0 && (
            <Facts facts={Object.entries(headers).map(([name, value]) => [name, code(value)])} />
          )}
        </div>
      </Card>
      <Card title={t.howSent}>
        <Facts facts={facts} />
      </Card>
    </div>
  );
}

function Expression({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="text-muted">{label}</p>
      <CodeBlock text={text} label={label} />
    </div>
  );
}

function useAdvancedFacts(endpoint: Endpoint): readonly (readonly [string, ReactNode])[] {
  const t = useTexts(advancedTexts);
  const formats = useFormats();
  const { batch, rate_limit: rate, authorization, tls, success_statuses: statuses } = endpoint;
  const ordering = { none: t.unordered, key: t.orderedByKey, strict: t.orderedStrictly }[endpoint.ordering];
  return [
    [t.format, `${endpoint.method} · ${endpoint.format}`],
    [t.compression, endpoint.compression === "none" ? t.none : endpoint.compression],
    [t.batchEvents, batch === null ? "1" : `${batch.max_events} · ${formats.duration(batch.max_wait_ms)}`],
    ...Object.entries(endpoint.versions).map(([type, version]) => [type, version] as const),
    [t.signing, endpoint.signing.scheme],
    [t.authorization, authorization?.type ?? t.none],
    ...(tls === null ? [] : [["TLS", tls.certificate === null ? "CA" : "mTLS"] as const]),
    [t.timeout, formats.duration(endpoint.timeout_ms)],
    [t.delays, delays(endpoint, formats) || t.retryNever],
    [t.maxAge, endpoint.retry_max_age_ms === null ? t.anyAge : formats.duration(endpoint.retry_max_age_ms)],
    [t.successStatuses, statuses.length === 0 ? t.none : statuses.join(", ")],
    [t.disableAfter, endpoint.disable_after_ms === null ? t.never : formats.duration(endpoint.disable_after_ms)],
    [t.ordering, ordering],
    [t.maxInFlight, formats.number(endpoint.max_in_flight)],
    [t.rate, rate === null ? t.unlimited : formats.number(rate.per_second)],
  ];
}

const delays = ({ retry_delays_ms: delaysMs }: Endpoint, formats: Formats): string =>
  delaysMs.map((ms) => formats.duration(ms)).join(", ");
