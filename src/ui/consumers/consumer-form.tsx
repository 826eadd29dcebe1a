/** A new consumer, or the settings of one. */
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import type { Consumer } from "../../sdk/wire.ts";
import { Problem } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useTexts } from "../i18n/language.tsx";
import { BackToConsumers } from "./back-to-consumers.tsx";
import { type ConsumerDraft, consumerOf, draftOf, newDraft } from "./consumer-draft.ts";
import { ConsumerFields } from "./consumer-fields.tsx";
import { consumerPath, pageOf, useConsumerAct } from "./consumer-queries.ts";
import { consumersTexts } from "./texts.ts";

/** What is wrong with these stands at their fields. */
const pointers = ["/name", "/types", "/filter", "/subject", "/lease_ms", "/from"];

export function ConsumerForm({ consumer }: { readonly consumer: Consumer | null }) {
  const t = useTexts(consumersTexts);
  const [, go] = useLocation();
  const [draft, setDraft] = useState<ConsumerDraft>(() => (consumer === null ? newDraft : draftOf(consumer)));
  const act = useConsumerAct();
  const set = (change: Partial<ConsumerDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const name = draft.name.trim();
    act.mutate(
      { act: `PUT ${consumerPath(name)}`, body: consumerOf(draft), done: t.saved },
      { onSuccess: () => go(pageOf(name)) },
    );
  };
  const problem = act.error instanceof Problem ? act.error : null;
  const wrong = (pointer: string): string | null => {
    if (pointer === "/name") return problem?.code === "consumer-name-invalid" ? problem.message : null;
    return problem?.field === pointer || problem?.field?.startsWith(`${pointer}/`) ? problem.message : null;
  };
  const isShown = pointers.some((pointer) => wrong(pointer) !== null);
  return (
    <Page
      title={consumer === null ? t.add : t.edit}
      above={consumer === null ? <BackToConsumers /> : <BackToConsumers name={consumer.name} />}
    >
      <Card>
        <form onSubmit={submit} className="flex max-w-2xl flex-col gap-4">
          <ConsumerFields isNew={consumer === null} draft={draft} set={set} wrong={wrong} />
          {act.isError && !isShown && <ProblemBox error={act.error} />}
          <div>
            <Button type="submit" look="primary" busy={act.isPending}>
              {consumer === null ? t.make : t.save}
            </Button>
          </div>
        </form>
      </Card>
    </Page>
  );
}
