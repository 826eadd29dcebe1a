import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { EventType, PublishedEvent } from "../../sdk/wire.ts";
import { ask, Problem } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { TextArea, TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { useToast } from "../components/toast.tsx";
import { useEventTypes } from "../endpoints/endpoint-queries.ts";
import { useTexts } from "../i18n/language.tsx";
import { eventTexts } from "./detail-texts.ts";
import type { LoadedEvent } from "./event-query.ts";
import { indented } from "./raw-json.ts";

interface Draft {
  readonly type: string;
  readonly subject: string;
  readonly version: string;
  /** JSON, which is stored as it is written here. */
  readonly data: string;
}

interface PublishDialogProps {
  readonly isOpen: boolean;
  readonly tenant: string;
  /** The event that is published again; a new one where absent. */
  readonly again?: LoadedEvent;
  readonly onClose: () => void;
  readonly onPublished: (id: string) => void;
}

/** A new event, or another like one that there is. */
export function PublishDialog({ isOpen, tenant, again, onClose, onPublished }: PublishDialogProps) {
  const t = useTexts(eventTexts);
  const c = useTexts(componentTexts);
  const formId = useId();
  const publish = usePublish(tenant, onPublished);
  const close = (): void => {
    publish.reset();
    onClose();
  };
  return (
    <Dialog
      title={again === undefined ? t.publishTitle : t.republishTitle}
      isOpen={isOpen}
      isWide
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{c.cancel}</Button>
          <Button look="primary" type="submit" form={formId} busy={publish.isPending}>
            {t.publish}
          </Button>
        </>
      }
    >
      <p className="text-muted">{t.toTenant(tenant)}</p>
      <PublishForm id={formId} publish={publish} {...(again !== undefined && { again })} />
    </Dialog>
  );
}

const draftOf = (again: LoadedEvent | undefined): Draft =>
  again === undefined
    ? { type: "", subject: "", version: "", data: "{}" }
    : {
        type: again.event.type,
        subject: again.event.subject ?? "",
        version: again.event.version ?? "",
        data: again.data,
      };

interface PublishFormProps {
  readonly id: string;
  readonly publish: ReturnType<typeof usePublish>;
  readonly again?: LoadedEvent;
}

function PublishForm({ id, publish, again }: PublishFormProps) {
  const t = useTexts(eventTexts);
  const known = useEventTypes().data ?? [];
  const [draft, setDraft] = useState(() => draftOf(again));
  const [isTouched, setIsTouched] = useState(again !== undefined);
  const [notJson, setNotJson] = useState<string | null>(null);
  const example = exampleOf(known, draft);
  const set = (change: Partial<Draft>): void => {
    publish.reset();
    setNotJson(null);
    const next = { ...draft, ...change };
    const offered = change.type === undefined || isTouched ? null : exampleOf(known, next);
    setDraft(offered === null ? next : { ...next, data: offered });
  };
  const errorAt = (field: string): string | null =>
    publish.error instanceof Problem && fieldOf(publish.error) === field ? publish.error.message : null;
  const isPlaced = ["type", "subject", "version", "data"].some((field) => errorAt(field) !== null);
  return (
    <form
      id={id}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const why = whyNotJson(draft.data);
        setNotJson(why);
        if (why === null) publish.mutate(draft);
      }}
    >
      <Head draft={draft} known={known} set={set} errorAt={errorAt} />
      <TextArea
        label={t.data}
        hint={t.dataHint}
        rows={14}
        value={draft.data}
        error={notJson === null ? errorAt("data") : t.notJson(notJson)}
        onChange={(event) => {
          setIsTouched(true);
          set({ data: event.target.value });
        }}
      />
      {example !== null && example !== draft.data && (
        <div>
          <Button onClick={() => set({ data: example })}>{t.example}</Button>
        </div>
      )}
      {publish.isError && !isPlaced && <ProblemBox error={publish.error} />}
    </form>
  );
}

interface HeadProps {
  readonly draft: Draft;
  readonly known: readonly EventType[];
  readonly set: (change: Partial<Draft>) => void;
  readonly errorAt: (field: string) => string | null;
}

/** What it is, and what about. */
function Head({ draft, known, set, errorAt }: HeadProps) {
  const t = useTexts(eventTexts);
  const typesId = useId();
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,2fr)_minmax(0,1fr)]">
      <TextField
        label={t.type}
        hint={t.typeHint}
        required
        autoFocus
        list={typesId}
        value={draft.type}
        error={errorAt("type")}
        onChange={(event) => set({ type: event.target.value })}
      />
      <datalist id={typesId}>
        {known.map(({ name, description }) => (
          <option key={name} value={name}>
            {description}
          </option>
        ))}
      </datalist>
      <TextField
        label={t.subject}
        hint={t.subjectHint}
        placeholder={t.optional}
        value={draft.subject}
        error={errorAt("subject")}
        onChange={(event) => set({ subject: event.target.value })}
      />
      <TextField
        label={t.version}
        hint={t.versionHint}
        placeholder={t.optional}
        value={draft.version}
        error={errorAt("version")}
        onChange={(event) => set({ version: event.target.value })}
      />
    </div>
  );
}

/** `/data/order/id` is of the field of the data. */
const fieldOf = ({ field }: Problem): string | undefined => field?.split("/")[1];

function exampleOf(known: readonly EventType[], { type, version }: Draft): string | null {
  const versions = known.find(({ name }) => name === type)?.versions ?? [];
  const { example } = (version === "" ? versions[0] : versions.find((one) => one.version === version)) ?? {};
  return example === undefined ? null : indented(JSON.stringify(example));
}

function whyNotJson(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The data travel as they were written. */
function usePublish(tenant: string, onPublished: (id: string) => void) {
  const t = useTexts(eventTexts);
  const toast = useToast();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ type, subject, version, data }: Draft) => {
      const head = { tenant, type, ...(subject !== "" && { subject }), ...(version !== "" && { version }) };
      const body = `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
      return ask<PublishedEvent>("POST /v1/events", { body });
    },
    onSuccess: ({ id }) => {
      toast.tell(t.published);
      void queries.invalidateQueries({ queryKey: ["events"] });
      onPublished(id);
    },
  });
}
