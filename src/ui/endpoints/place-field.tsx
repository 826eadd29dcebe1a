/** A place in the log, chosen by a name, a time, an event or a cursor. */
import { useState } from "react";
import { SelectField, TextField } from "../components/field.tsx";
import { useTexts } from "../i18n/language.tsx";
import { placeTexts } from "./place-texts.ts";

type PlaceKind = "earliest" | "latest" | "time" | "id";

interface PlaceFieldProps {
  readonly label: string;
  readonly hint?: string;
  /** As the server takes it. */
  readonly value: string;
  readonly onChange: (place: string) => void;
  readonly error?: string | null;
}

const kindOf = (place: string): PlaceKind => {
  if (place === "earliest" || place === "latest") return place;
  return place.startsWith("time:") ? "time" : "id";
};

/** `datetime-local` has the reader's own zone, and no name for it. */
const localTime = (ms: number): string => {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

export function PlaceField({ label, hint, value, onChange, error = null }: PlaceFieldProps) {
  const t = useTexts(placeTexts);
  const [kind, setKind] = useState(() => kindOf(value));
  const [time, setTime] = useState(() => localTime(Date.now() - 3_600_000));
  const timePlace = (local: string): string => {
    const ms = new Date(local).getTime();
    return Number.isNaN(ms) ? "" : `time:${new Date(ms).toISOString()}`;
  };
  const choose = (next: PlaceKind): void => {
    setKind(next);
    if (next === "time") onChange(timePlace(time));
    else onChange(next === "id" ? "" : next);
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] content-start items-end gap-2 sm:grid-cols-2">
      <div className={kind === "earliest" || kind === "latest" ? "sm:col-span-2" : ""}>
        <SelectField
          label={label}
          hint={kind === "earliest" || kind === "latest" ? hint : undefined}
          value={kind}
          onChange={(event) => choose(event.target.value as PlaceKind)}
          error={kind === "earliest" || kind === "latest" ? error : null}
        >
          <option value="latest">{t.latest}</option>
          <option value="earliest">{t.earliest}</option>
          <option value="time">{t.time}</option>
          <option value="id">{t.id}</option>
        </SelectField>
      </div>
      {kind === "time" && (
        <TextField
          type="datetime-local"
          label={`${label}: ${t.time}`}
          isLabelHidden
          value={time}
          error={error}
          onChange={(event) => {
            setTime(event.target.value);
            onChange(timePlace(event.target.value));
          }}
        />
      )}
      {kind === "id" && (
        <TextField
          label={`${label}: ${t.id}`}
          isLabelHidden
          placeholder="evt_…"
          className="font-mono"
          value={value}
          error={error}
          onChange={(event) => onChange(event.target.value.trim())}
        />
      )}
    </div>
  );
}
