/** Sends an example, and shows what went out and what came back. */
import { useId, useState } from "react";
import type { EndpointTest } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { TextField } from "../../components/field.tsx";
import { Card } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { endpointPath, useEventTypes } from "../endpoint-queries.ts";
import { takes } from "../form/type-groups.ts";
import type { OfEndpoint } from "./of-endpoint.ts";
import { pretty } from "./pretty.ts";
import { testTexts } from "./test-texts.ts";

export function TestPanel({ endpoint }: OfEndpoint) {
  const t = useTexts(testTexts);
  const { data: eventTypes = [] } = useEventTypes();
  const listId = useId();
  const [type, setType] = useState("");
  const [result, setResult] = useState<EndpointTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const send = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      const body = type.trim() === "" ? {} : { type: type.trim() };
      setResult(await ask<EndpointTest>(`POST ${endpointPath(endpoint.id)}/test`, { body }));
    } catch (refusal) {
      setResult(null);
      setError(refusal);
    }
    setIsBusy(false);
  };
  const wanted = type.trim();
  const isTaken = wanted === "" || endpoint.types.length === 0 || endpoint.types.some((one) => takes(one, wanted));
  return (
    <div className="flex flex-col gap-4">
      <Card title={t.title}>
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <p className="text-muted">{t.hint}</p>
          <div className="flex flex-wrap items-end gap-2">
            <div className="min-w-60 flex-1 md:max-w-md">
              <TextField
                label={t.type}
                list={listId}
                placeholder="trotline.test"
                className="font-mono"
                value={type}
                onChange={(event) => setType(event.target.value)}
              />
              <datalist id={listId}>
                {eventTypes.map(({ name }) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </div>
            <Button type="submit" look="primary" busy={isBusy}>
              {t.send}
            </Button>
          </div>
          {!isTaken && <p className="text-sm text-warn">{t.notTaken}</p>}
        </form>
      </Card>
      {error !== null && <ProblemBox error={error} />}
      {result !== null && <Exchange result={result} />}
    </div>
  );
}

function Exchange({ result }: { readonly result: EndpointTest }) {
  const t = useTexts(testTexts);
  const formats = useFormats();
  const { request } = result;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Card title={t.request}>
        {request === null ? (
          <p className="text-muted">{t.noRequest}</p>
        ) : (
          <CodeBlock
            label={t.request}
            text={[
              `${request.method} ${request.url}`,
              ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
              "",
              pretty(request.body),
            ].join("\n")}
          />
        )}
      </Card>
      <Card title={t.answer}>
        <div className="flex flex-col gap-3">
          <p role="status" className="flex flex-wrap items-center gap-2">
            <Badge tone={result.delivered ? "good" : "bad"}>{result.delivered ? t.delivered : t.failed}</Badge>
            {result.status !== null && <span className="font-mono">{result.status}</span>}
            <span className="text-muted">{formats.duration(result.duration_ms)}</span>
          </p>
          {result.error_detail !== null && <p lang="en">{result.error_detail}</p>}
          {result.response_body === "" ? (
            <p className="text-muted">{t.noBody}</p>
          ) : (
            <CodeBlock label={t.answer} text={pretty(result.response_body)} />
          )}
        </div>
      </Card>
    </div>
  );
}
