/** What a source verifies by: shown on demand, added, and taken away. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { NewSourceSecret, Source, SourceSecret, SourceSecrets as SourceSecretList } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { SelectField, TextField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { secretTexts } from "./secret-texts.ts";
import { SecretValue } from "./secret-value.tsx";
import { sourcePath, useSourceAct } from "./source-queries.ts";

const hour = 3_600_000;
const graces = { graceKeep: null, graceNone: 0, graceHour: hour, graceDay: 24 * hour, graceWeek: 168 * hour } as const;
type Grace = keyof typeof graces;

export function SourceSecrets({ source }: { readonly source: Source }) {
  const t = useTexts(secretTexts);
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<SourceSecret | null>(null);
  const act = useSourceAct<unknown>();
  const path = sourcePath(source.name);
  const query = useQuery({
    queryKey: ["source", source.name, "secrets"],
    queryFn: ({ signal }) => ask<SourceSecretList>(`GET ${path}/secrets`, { signal }),
  });
  if (query.isPending) return <Loading />;
  if (query.isError && query.data === undefined)
    return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  const secrets = query.data.data;
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      {t.add}
    </Button>
  );
  if (source.scheme.unverified) return <EmptyState title={t.noScheme} />;
  return (
    <div className="flex flex-col gap-3">
      {secrets.length === 0 ? (
        <EmptyState title={t.none} actions={add}>
          {t.noneHint}
        </EmptyState>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p className="max-w-prose text-muted">{t.about}</p>
            {add}
          </div>
          <ul className="rounded-lg border border-line bg-surface">
            {secrets.map((secret, index) => (
              <SecretRow key={secret.id} secret={secret} isNewest={index === 0} onRemove={() => setRemoved(secret)} />
            ))}
          </ul>
        </>
      )}
      <AddDialog source={source} isOpen={isAdding} onClose={() => setAdding(false)} />
      <Confirm
        title={t.removeTitle}
        isOpen={removed !== null}
        onClose={() => setRemoved(null)}
        action={t.remove}
        isBusy={act.isPending}
        onConfirm={() =>
          act.mutate(
            { act: `DELETE ${path}/secrets/${encodeURIComponent(removed?.id ?? "")}`, done: t.removed },
            { onSettled: () => setRemoved(null) },
          )
        }
      >
        <p>{t.removeAbout}</p>
      </Confirm>
    </div>
  );
}

interface SecretRowProps {
  readonly secret: SourceSecret;
  readonly isNewest: boolean;
  readonly onRemove: () => void;
}

function SecretRow({ secret, isNewest, onRemove }: SecretRowProps) {
  const t = useTexts(secretTexts);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0">
      <SecretValue secret={secret.secret} />
      {isNewest && <Badge tone="good">{t.newest}</Badge>}
      <span className="text-sm text-muted">
        {t.expires}: {secret.expires_at === null ? t.always : <Time at={secret.expires_at} />}
      </span>
      <span className="ms-auto">
        <Button look="danger" onClick={onRemove}>
          {t.remove}
        </Button>
      </span>
    </li>
  );
}

interface AddDialogProps {
  readonly source: Source;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function AddDialog({ source, isOpen, onClose }: AddDialogProps) {
  const t = useTexts(secretTexts);
  const common = useTexts(componentTexts);
  const [secret, setSecret] = useState("");
  const [grace, setGrace] = useState<Grace>("graceDay");
  const act = useSourceAct<SourceSecretList>();
  const add = (): void => {
    const graceMs = graces[grace];
    const body: NewSourceSecret = {
      ...(secret !== "" && { secret }),
      ...(graceMs !== null && { grace_ms: graceMs }),
    };
    const done = (): void => {
      setSecret("");
      onClose();
    };
    act.mutate({ act: `POST ${sourcePath(source.name)}/secrets`, body, done: t.added }, { onSuccess: done });
  };
  return (
    <Dialog
      title={t.add}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button look="primary" busy={act.isPending} onClick={add}>
            {t.replace}
          </Button>
        </>
      }
    >
      <TextField
        label={t.own}
        hint={t.ownHint}
        autoComplete="off"
        className="font-mono"
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
      />
      <SelectField label={t.grace} value={grace} onChange={(event) => setGrace(event.target.value as Grace)}>
        {(Object.keys(graces) as Grace[]).map((one) => (
          <option key={one} value={one}>
            {t[one]}
          </option>
        ))}
      </SelectField>
    </Dialog>
  );
}
