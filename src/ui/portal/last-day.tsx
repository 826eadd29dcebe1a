import { useQuery } from "@tanstack/react-query";
import type { Statistics } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { Figure } from "./figure.tsx";
import { portalTexts } from "./texts.ts";

const dayMs = 86_400_000;
const lookEveryMs = 15_000;

/** How much was sent of the events of a day, how much of it arrived, and how soon. */
export function LastDay({ tenant }: { readonly tenant: string }) {
  const t = useTexts(portalTexts);
  const formats = useFormats();
  const { data } = useQuery({
    queryKey: ["stats", tenant, "last day"],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - dayMs).toISOString();
      return ask<Statistics>("GET /v1/stats", { query: { tenant, from, bucket: "1h" }, signal });
    },
    refetchInterval: lookEveryMs,
  });
  const total = data?.total;
  return (
    <>
      <Figure name={t.sentLastDay}>{total === undefined ? "—" : formats.number(total.sent)}</Figure>
      <Figure name={t.successLastDay}>{formats.percent(total?.success_rate ?? null)}</Figure>
      <Figure name={t.delayLastDay}>{formats.duration(total?.delay_ms.from_accepted?.p95 ?? null)}</Figure>
    </>
  );
}
