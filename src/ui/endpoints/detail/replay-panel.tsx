/** Sending a range again, and moving the cursor: each counts first, and says what it will do. */
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { Card } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useToast } from "../../components/toast.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { useEndpointAct } from "../endpoint-queries.ts";
import { PlaceField } from "../place-field.tsx";
import type { OfEndpoint } from "./of-endpoint.ts";
import { ReplayList } from "./replay-list.tsx";
import { replayTexts } from "./replay-texts.ts";
import { useCounted } from "./use-counted.ts";

export function ReplayPanel(of: OfEndpoint) {
  return (
    <div className="flex flex-col gap-4">
      <ReplayList {...of} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <ReplayCard {...of} />
        {of.scope.rights.seek && <SeekCard {...of} />}
      </div>
    </div>
  );
}

interface Range {
  readonly from: string;
  readonly to: string;
  readonly types: string;
  readonly only: "all" | "failed";
}

const typesOf = (text: string): string[] => text.split(/[,\s]+/).filter(Boolean);

function ReplayCard({ endpoint }: OfEndpoint) {
  const t = useTexts(replayTexts);
  const formats = useFormats();
  const toast = useToast();
  const [range, setRange] = useState<Range>({ from: "earliest", to: "latest", types: "", only: "all" });
  const counted = useCounted(endpoint);
  const { replay } = counted;
  const set = (change: Partial<Range>): void => {
    counted.forget();
    setRange({ ...range, ...change });
  };
  const asked = { from: range.from, to: range.to, types: typesOf(range.types), only: range.only };
  const send = async (): Promise<void> => {
    if (replay === null) return;
    if (await counted.send("replay", { ...asked, from: replay.from, to: replay.to })) toast.tell(t.started);
  };
  return (
    <Card title={t.replayTitle}>
      <div className="flex flex-col gap-4">
        <p className="text-muted">{t.replayHint}</p>
        <PlaceField label={t.from} value={range.from} onChange={(from) => set({ from })} />
        <PlaceField label={t.to} value={range.to} onChange={(to) => set({ to })} />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label={t.only}
            value={range.only}
            onChange={(event) => set({ only: event.target.value as Range["only"] })}
          >
            <option value="all">{t.onlyAll}</option>
            <option value="failed">{t.onlyFailed}</option>
          </SelectField>
          <TextField
            label={t.types}
            placeholder={endpoint.types.join(", ") || "*"}
            className="font-mono"
            value={range.types}
            onChange={(event) => set({ types: event.target.value })}
          />
        </div>
        {replay !== null && (
          <p role="status" className="rounded-md bg-sunken px-3 py-2">
            {replay.status === "counting"
              ? t.counting(formats.number(replay.matched))
              : t.counted(formats.number(replay.matched))}
          </p>
        )}
        {counted.error !== null && <ProblemBox error={counted.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          {replay?.status === "counted" ? (
            <>
              <Button onClick={counted.forget}>{t.change}</Button>
              <Button look="primary" busy={counted.isBusy} disabled={replay.matched === 0} onClick={send}>
                {t.sendAgain(formats.number(replay.matched))}
              </Button>
            </>
          ) : (
            <Button look="primary" busy={counted.isBusy} onClick={() => counted.count("replay", asked)}>
              {t.count}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}

function SeekCard({ endpoint }: OfEndpoint) {
  const t = useTexts(replayTexts);
  const formats = useFormats();
  const [place, setPlace] = useState("earliest");
  const [isAsked, setIsAsked] = useState(false);
  const counted = useCounted(endpoint);
  const act = useEndpointAct(endpoint.id);
  const { replay } = counted;
  const look = async (): Promise<void> => {
    await counted.count("replay", { from: place });
    setIsAsked(true);
  };
  const close = (): void => {
    counted.forget();
    setIsAsked(false);
  };
  const matched = formats.number(replay?.matched ?? 0);
  return (
    <Card title={t.seekTitle}>
      <div className="flex flex-col gap-4">
        <p className="text-muted">{t.seekHint}</p>
        <ul className="list-disc ps-5 text-sm text-muted">
          <li>{t.seekBack}</li>
          <li>{t.seekForward}</li>
        </ul>
        <PlaceField label={t.place} value={place} onChange={setPlace} />
        {counted.error !== null && <ProblemBox error={counted.error} />}
        <div className="flex justify-end">
          <Button busy={counted.isBusy} onClick={look}>
            {t.seek}
          </Button>
        </div>
      </div>
      <Confirm
        title={t.seekTitle}
        isOpen={isAsked && replay !== null}
        onClose={close}
        action={t.seekNow}
        isBusy={act.isPending || counted.isBusy}
        onConfirm={() =>
          act.mutate({ act: "seek", body: { to: replay?.from ?? place }, done: t.seekDone, onDone: close })
        }
      >
        <p>{t.seekCounted(matched)}</p>
        {endpoint.status !== "enabled" && <p className="text-muted">{t.seekStopped}</p>}
      </Confirm>
    </Card>
  );
}
