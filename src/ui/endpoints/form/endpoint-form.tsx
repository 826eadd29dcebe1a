/** A new endpoint, or the settings of one. What was typed stays, whatever is refused. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { CreatedEndpoint, Endpoint } from "../../../sdk/wire.ts";
import { ask, Problem } from "../../api/ask.ts";
import { Button, LinkButton } from "../../components/button.tsx";
import { Card } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useToast } from "../../components/toast.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { endpointPath, forgetEndpoint } from "../endpoint-queries.ts";
import type { EndpointScope } from "../scope.ts";
import { AdvancedFields } from "./advanced-fields.tsx";
import { type Draft, draftOf, newDraft } from "./draft.ts";
import { bodyOf, changeOf } from "./draft-body.ts";
import { FilterField } from "./filter-field.tsx";
import { FormProvider } from "./form-state.tsx";
import { TargetFields } from "./target-fields.tsx";
import { formTexts } from "./texts.ts";
import { TransformField } from "./transform-field.tsx";
import { TypesField } from "./types-field.tsx";

interface EndpointFormProps {
  readonly scope: EndpointScope;
  /** Absent: a new one. */
  readonly endpoint?: Endpoint;
}

interface Refused {
  /** What was sent, or could not be. */
  readonly draft: Draft;
  /** Null: it was not sent. */
  readonly problem: unknown;
}

export function EndpointForm({ scope, endpoint }: EndpointFormProps) {
  const t = useTexts(formTexts);
  // As it was when the form opened: what others change meanwhile is not taken back.
  const [before] = useState<Draft>(() => (endpoint === undefined ? newDraft : draftOf(endpoint)));
  const [draft, setDraft] = useState(before);
  const { refused, isBusy, submit } = useSubmit({ scope, before, draft, ...(endpoint && { endpoint }) });
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refused === null) return;
    // Sections open first.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }, [refused]);
  const errorOf = (pointer: string): string | null => refused && errorAt(pointer, { refused, draft, t });
  const isHttp = endpoint === undefined || endpoint.kind === "http";
  return (
    <FormProvider
      value={{
        draft,
        set: (change) => setDraft((draft) => ({ ...draft, ...change })),
        errorOf,
        scope,
        endpoint: endpoint ?? null,
      }}
    >
      <form ref={form} noValidate onSubmit={submit} className="flex max-w-5xl flex-col gap-4" aria-label={t.form}>
        <TargetFields />
        <Card title={t.whatItGets}>
          <div className="flex flex-col gap-5">
            <TypesField />
            <FilterField />
            {isHttp && <TransformField />}
          </div>
        </Card>
        <AdvancedFields />
        {refused !== null && refused.problem !== null && <ProblemBox error={refused.problem} />}
        <div className="sticky bottom-0 z-10 flex flex-wrap justify-end gap-2 border-t border-line bg-ground py-3">
          <LinkButton to={endpoint === undefined ? scope.base : `${scope.base}/${endpoint.id}`}>{t.leave}</LinkButton>
          <Button type="submit" look="primary" busy={isBusy}>
            {endpoint === undefined ? t.create : t.save}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

interface Submitted extends EndpointFormProps {
  readonly before: Draft;
  readonly draft: Draft;
}

function useSubmit({ scope, endpoint, before, draft }: Submitted) {
  const t = useTexts(formTexts);
  const queries = useQueryClient();
  const toast = useToast();
  const [, go] = useLocation();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const send = async (): Promise<Endpoint | null> => {
    if (endpoint !== undefined) {
      const change = changeOf(before, draft);
      return change === null ? endpoint : ask<Endpoint>(`PATCH ${endpointPath(endpoint.id)}`, { body: change });
    }
    const { tenant } = scope;
    const body = { ...bodyOf(draft).body, ...(tenant !== "" && { tenant }) };
    return ask<CreatedEndpoint>("POST /v1/endpoints", { body });
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const unreadable = new Map(bodyOf(draft).unreadable);
    if (endpoint !== undefined && endpoint.kind !== "http") unreadable.delete("/url");
    if (unreadable.size > 0) return setRefused({ draft, problem: null });
    setIsBusy(true);
    try {
      const made = await send();
      if (made === null) return;
      forgetEndpoint(queries, made.id);
      toast.tell(endpoint === undefined ? t.created : t.saved);
      go(`${scope.base}/${made.id}${endpoint === undefined ? "?tab=test" : ""}`);
    } catch (problem) {
      setRefused({ draft, problem });
    } finally {
      setIsBusy(false);
    }
  };
  return { refused, isBusy, submit };
}

interface ErrorOptions {
  readonly refused: Refused;
  /** As it stands now: what was changed since is not what was refused. */
  readonly draft: Draft;
  readonly t: ReturnType<typeof useTexts<(typeof formTexts)["en"]>>;
}

function errorAt(pointer: string, { refused, draft, t }: ErrorOptions): string | null {
  const { body, unreadable } = bodyOf(draft);
  const own = unreadable.get(pointer);
  if (own !== undefined) return t[own];
  const { problem } = refused;
  if (!(problem instanceof Problem) || problem.field === null) return null;
  const field = problem.field.startsWith("/") ? problem.field : `/${problem.field}`;
  const member = field.split("/")[1] as keyof typeof body;
  if (JSON.stringify(body[member]) !== JSON.stringify(bodyOf(refused.draft).body[member])) return null;
  return field === pointer || field.startsWith(`${pointer}/`) ? problem.message : null;
}
