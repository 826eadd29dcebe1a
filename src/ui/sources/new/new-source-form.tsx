import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { CreatedSource } from "../../../sdk/wire.ts";
import { ask, Problem } from "../../api/ask.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox } from "../../components/field.tsx";
import { Card } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { useTenant } from "../../shell/tenant.tsx";
import { sourceFormTexts } from "../form-texts.ts";
import { NewSourceFields, shownPointers } from "./new-source-fields.tsx";
import { exampleScheme, newSourceOf, type SourceDraft, type SourceKind } from "./source-kind.ts";

interface NewSourceFormProps {
  readonly kind: SourceKind;
  readonly onMade: (source: CreatedSource) => void;
  readonly onOther: () => void;
}

export function NewSourceForm({ kind, onMade, onOther }: NewSourceFormProps) {
  const t = useTexts(sourceFormTexts);
  const { tenant } = useTenant();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<SourceDraft>(() => ({
    name: kind.kind === "preset" ? kind.scheme.name : "",
    description: "",
    secret: "",
    settings: {},
    json: exampleScheme,
  }));
  const [isUnderstood, setUnderstood] = useState(false);
  const set = (change: Partial<SourceDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const making = useMutation({
    mutationFn: () => ask<CreatedSource>("POST /v1/sources", { body: newSourceOf(draft, kind, tenant) }),
    onSuccess: (source) => {
      void queries.invalidateQueries({ queryKey: ["sources"] });
      onMade(source);
    },
  });
  const field = making.error instanceof Problem ? making.error.field : null;
  const wrong = (pointer: string): string | null =>
    field === pointer || field?.startsWith(`${pointer}/`) ? (making.error?.message ?? null) : null;
  const isNotJson = making.error instanceof SyntaxError;
  const shown = shownPointers(kind);
  const isShown = isNotJson || shown.some((pointer) => wrong(pointer) !== null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    making.mutate();
  };
  const scheme = kind.kind === "preset" ? kind.scheme : null;
  return (
    <Card
      title={scheme?.title ?? t[kind.kind === "custom" ? "custom" : "unverified"]}
      actions={
        <Button look="quiet" onClick={onOther}>
          {t.other}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex max-w-2xl flex-col gap-4">
        {scheme !== null && <About documentation={scheme.documentation} asks={scheme.handshake} />}
        <NewSourceFields
          kind={kind}
          draft={draft}
          set={set}
          wrong={(pointer) => (isNotJson && pointer === "/scheme" ? t.notJson : wrong(pointer))}
        />
        {kind.kind === "unverified" && (
          <Checkbox
            label={t.believed}
            checked={isUnderstood}
            onChange={(event) => setUnderstood(event.target.checked)}
          />
        )}
        {making.isError && !isShown && <ProblemBox error={making.error} />}
        <div>
          <Button
            type="submit"
            look="primary"
            busy={making.isPending}
            disabled={kind.kind === "unverified" && !isUnderstood}
          >
            {t.make}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function About({ documentation, asks }: { readonly documentation: string; readonly asks: boolean }) {
  const t = useTexts(sourceFormTexts);
  return (
    <p className="text-sm text-muted">
      <a href={documentation} target="_blank" rel="noreferrer" className="text-accent underline">
        {t.docs}
      </a>
      . {asks && t.asks}
    </p>
  );
}
