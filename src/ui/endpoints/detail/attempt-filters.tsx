import { type ReactNode, useEffect, useState } from "react";
import type { ErrorClass } from "../../../sdk/wire-error-class.ts";
import { SelectField, TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { attemptTexts } from "./attempt-texts.ts";
import type { AttemptFilter } from "./use-attempts.ts";

const classes = [
  "http_status",
  "timeout",
  "connection_refused",
  "connection_reset",
  "connection_failed",
  "dns",
  "tls",
  "address_refused",
  "bad_response",
  "interrupted",
  "authorization",
  "proxy",
  "transform",
  "payload",
  "exit_status",
  "signal",
  "spawn",
  "command",
  "handler",
] as const satisfies readonly ErrorClass[];

const outcomes = ["delivered", "failed", "2xx", "3xx", "4xx", "5xx"] as const;

interface AttemptFiltersProps {
  readonly filter: AttemptFilter;
  readonly onChange: (change: Partial<AttemptFilter>) => void;
  /** Buttons beside. */
  readonly children: ReactNode;
}

export function AttemptFilters({ filter, onChange, children }: AttemptFiltersProps) {
  const t = useTexts(attemptTexts);
  const isCode = filter.status !== "" && !outcomes.some((one) => one === filter.status);
  return (
    <search className="flex flex-wrap items-end gap-2" aria-label={t.filters}>
      <SelectField
        label={t.outcome}
        value={isCode ? "" : filter.status}
        onChange={(event) => onChange({ status: event.target.value })}
        className="w-36!"
      >
        <option value="">{isCode ? filter.status : t.all}</option>
        {outcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {outcome === "delivered" ? t.delivered : outcome === "failed" ? t.failed : outcome}
          </option>
        ))}
      </SelectField>
      <StatusField status={isCode ? filter.status : ""} onChange={(status) => onChange({ status })} />
      <SelectField
        label={t.errorClass}
        value={filter.errorClass}
        onChange={(event) => onChange({ errorClass: event.target.value })}
        className="w-44!"
      >
        <option value="">{t.all}</option>
        {classes.map((name) => (
          <option key={name} value={name}>
            {name.replaceAll("_", " ")}
          </option>
        ))}
      </SelectField>
      <TimeField label={t.since} value={filter.since} onChange={(since) => onChange({ since })} />
      <TimeField label={t.until} value={filter.until} onChange={(until) => onChange({ until })} />
      <div className="ms-auto flex flex-wrap gap-2">{children}</div>
    </search>
  );
}

interface PartProps {
  readonly status: string;
  readonly onChange: (status: string) => void;
}

/** One status: asked for once it is whole. */
function StatusField({ status, onChange }: PartProps) {
  const t = useTexts(attemptTexts);
  const [typed, setTyped] = useState(status);
  useEffect(() => setTyped(status), [status]);
  return (
    <TextField
      label={t.status}
      placeholder="503"
      inputMode="numeric"
      maxLength={3}
      value={typed}
      className="w-20!"
      onChange={(event) => {
        const text = event.target.value.replace(/\D/g, "");
        setTyped(text);
        if (/^[1-5]\d\d$/.test(text) || (text === "" && status !== "")) onChange(text);
      }}
    />
  );
}

interface TimeFieldProps {
  readonly label: string;
  /** RFC 3339; empty: none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function TimeField({ label, value, onChange }: TimeFieldProps) {
  const ms = Date.parse(value);
  const local = Number.isNaN(ms)
    ? ""
    : new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return (
    <TextField
      type="datetime-local"
      label={label}
      value={local}
      className="w-48!"
      onChange={({ target }) => {
        const chosen = new Date(target.value);
        onChange(Number.isNaN(chosen.getTime()) ? "" : chosen.toISOString());
      }}
    />
  );
}
