import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Attempt, Page } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Time } from "../../components/time.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { OutcomeBadge } from "../endpoint-badges.tsx";
import type { EndpointScope } from "../scope.ts";
import { detailTexts } from "./texts.ts";

const shownAttempts = 8;
const refetchMs = 3000;

/** At a glance; the tab of attempts has them all. */
export function LatestAttempts({ scope, endpointId }: { readonly scope: EndpointScope; readonly endpointId: string }) {
  const t = useTexts(detailTexts);
  const formats = useFormats();
  const { data } = useQuery({
    queryKey: ["attempts", endpointId, "latest"],
    queryFn: ({ signal }) =>
      ask<Page<Attempt>>("GET /v1/attempts", { query: { endpoint_id: endpointId, limit: shownAttempts }, signal }),
    refetchInterval: refetchMs,
  });
  if (data?.data.length === 0) return <p className="text-muted">{t.noAttempts}</p>;
  return (
    <ul className="-my-1 min-h-20">
      {data?.data.map((attempt) => (
        <li key={attempt.id} className="flex items-center gap-3 border-b border-line py-1.5 last:border-b-0">
          <span className="w-28 shrink-0 truncate sm:w-40">
            <OutcomeBadge attempt={attempt} />
          </span>
          <span className="min-w-0 flex-1 truncate">
            {attempt.event_id === null ? (
              t.eventGone
            ) : (
              <Link href={scope.eventPath(attempt.event_id)} className="hover:underline">
                {attempt.event_type}
              </Link>
            )}
          </span>
          <span className="hidden text-muted sm:block">{formats.duration(attempt.duration_ms)}</span>
          <Time at={attempt.started_at} />
        </li>
      ))}
    </ul>
  );
}
