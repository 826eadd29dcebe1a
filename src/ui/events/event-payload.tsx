import { useMemo, useState } from "react";
import type { ReceivedRequest } from "../../sdk/wire.ts";
import { pathOf } from "../api/ask.ts";
import { CodeBlock } from "../components/code-block.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { type Tab, Tabs } from "../components/tabs.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { CopyMenu } from "./copy-menu.tsx";
import { eventTexts } from "./detail-texts.ts";
import type { LoadedEvent } from "./event-query.ts";
import { indented } from "./raw-json.ts";
import { bytesOf, copiedOf, useReceivedRequest } from "./received-request.ts";
import { visible } from "./visible-text.ts";

type View = "formatted" | "raw" | "request";

interface EventPayloadProps {
  readonly tenant: string;
  readonly loaded: LoadedEvent;
}

/** What the event says: as people read it, as it is stored, and the request that it came with. */
export function EventPayload({ tenant, loaded: { event, data } }: EventPayloadProps) {
  const t = useTexts(eventTexts);
  const [view, setView] = useState<View>("formatted");
  const tabs: readonly Tab<View>[] = [
    { key: "formatted", title: t.formatted },
    { key: "raw", title: t.raw },
    ...(event.source === undefined ? [] : [{ key: "request", title: t.request } as const]),
  ];
  return (
    <Tabs label={t.payload} tabs={tabs} chosen={view} onChoose={setView}>
      {view === "formatted" && <Formatted data={data} />}
      {view === "raw" && <Raw data={data} />}
      {view === "request" && <Request tenant={tenant} id={event.id} />}
    </Tabs>
  );
}

function Formatted({ data }: { readonly data: string }) {
  const t = useTexts(eventTexts);
  // An escape means the same in JSON.
  const text = useMemo(() => visible(indented(data)), [data]);
  return <CodeBlock text={text} label={t.data} heightCss="36rem" />;
}

function Raw({ data }: { readonly data: string }) {
  const t = useTexts(eventTexts);
  const shown = useMemo(() => visible(data), [data]);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2 text-xs text-muted">
        <p>{shown === data ? t.rawHint : t.unseenHint}</p>
        <CopyButton text={data} label={t.copyRaw} />
      </div>
      <CodeBlock text={shown} label={t.data} heightCss="36rem" canCopy={false} />
    </div>
  );
}

function Request({ tenant, id }: { readonly tenant: string; readonly id: string }) {
  const t = useTexts(eventTexts);
  const { data: request, error, refetch } = useReceivedRequest(tenant, id, true);
  if (request === undefined) {
    return error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />;
  }
  const { method, target, address, protocol, received_at: at } = request;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-2">
        <p className="min-w-0 flex-1 font-mono">
          <strong>{method}</strong> <bdi>{visible(target)}</bdi>
        </p>
        <CopyMenu title={t.copyRequest} label={t.copyRequest} request={() => copiedOf(request)} />
      </div>
      <Facts
        facts={[
          [t.from, `${address} · ${protocol}`],
          [t.accepted, <Time key="at" at={at} />],
        ]}
      />
      <HeaderTable headers={request.headers} />
      <Body request={request} href={pathOf(`/v1/events/${encodeURIComponent(id)}/request`, { tenant, body: "raw" })} />
    </div>
  );
}

/** In order, and as often as they came. */
function HeaderTable({ headers }: { readonly headers: readonly (readonly string[])[] }) {
  const t = useTexts(eventTexts);
  const lines = headers.map(([name = "", value = ""], number) => ({ name, value, number }));
  return (
    <section aria-label={t.headers} className="min-w-0">
      <h3 className="mb-1 font-semibold">{t.headers}</h3>
      <table className="w-full table-fixed font-mono text-[13px]">
        <tbody>
          {lines.map(({ name, value, number }) => (
            <tr key={number} className="border-b border-line align-top last:border-0">
              <th scope="row" className="w-2/5 py-1 pe-3 text-start font-normal text-muted">
                {visible(name)}
              </th>
              <td className="py-1">
                <bdi>{visible(value)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Body({ request, href }: { readonly request: ReceivedRequest; readonly href: string }) {
  const t = useTexts(eventTexts);
  const formats = useFormats();
  const { body, body_base64: base64 } = request;
  const isEmpty = body === "" || (body === undefined && base64 === undefined);
  return (
    <section aria-label={t.body} className="flex min-w-0 flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <h3 className="font-semibold">{t.body}</h3>
        {!isEmpty && (
          <a href={href} download className="text-accent underline">
            {t.download}
          </a>
        )}
      </div>
      {isEmpty && <p className="text-muted">{t.noBody}</p>}
      {base64 !== undefined && <p className="text-muted">{t.binary(formats.bytes(bytesOf(request).length))}</p>}
      {body !== undefined && body !== "" && <CodeBlock text={visible(body)} label={t.body} canCopy={false} />}
    </section>
  );
}
