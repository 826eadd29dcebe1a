/** Tries once more all that a filter finds and that is not delivered since: counted first, and it can be stopped. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import type { EndpointScope } from "../scope.ts";
import { attemptTexts } from "./attempt-texts.ts";
import { findUndelivered, retriedMax, retryEach } from "./bulk-retry-run.ts";
import type { AttemptFilter } from "./use-attempts.ts";

interface BulkRetryProps {
  readonly scope: EndpointScope;
  readonly endpointId: string;
  readonly filter: AttemptFilter;
}

interface Run {
  readonly stage: "counting" | "counted" | "sending" | "done";
  /** Events that are not delivered. */
  readonly found: readonly string[];
  readonly looked: number;
  readonly isCut: boolean;
  readonly delivered: number;
  readonly failed: number;
  readonly error: unknown;
}

const begun: Run = {
  stage: "counting",
  found: [],
  looked: 0,
  isCut: false,
  delivered: 0,
  failed: 0,
  error: null,
};

export function BulkRetry({ scope, endpointId, filter }: BulkRetryProps) {
  const t = useTexts(attemptTexts);
  const formats = useFormats();
  const { run, count, send, close } = useBulkRetry({ scope, endpointId, filter });
  const isSending = run?.stage === "sending";
  return (
    <>
      <Button onClick={count}>{t.bulk}</Button>
      <Dialog
        title={t.bulkTitle}
        isOpen={run !== null}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>{isSending ? t.stop : t.close}</Button>
            {run !== null && (run.stage === "counted" || isSending) && (
              <Button look="primary" busy={isSending} disabled={run.found.length === 0} onClick={send}>
                {t.bulkSend(formats.number(run.found.length))}
              </Button>
            )}
          </>
        }
      >
        <p>{t.bulkHint}</p>
        {run !== null && <Told run={run} />}
      </Dialog>
    </>
  );
}

function Told({ run }: { readonly run: Run }) {
  const t = useTexts(attemptTexts);
  const formats = useFormats();
  const { stage, found, looked, isCut, delivered, failed, error } = run;
  const [all, count] = [formats.number(looked), formats.number(found.length)];
  return (
    <>
      <p role="status" className="rounded-md bg-sunken px-3 py-2">
        {stage === "counting" && t.bulkCounting(all)}
        {stage === "counted" && t.bulkCounted(count)}
        {(stage === "sending" || stage === "done") &&
          t.bulkDone(formats.number(delivered), formats.number(failed), count)}
      </p>
      {(stage === "sending" || stage === "done") && (
        <div className="h-1.5 overflow-hidden rounded bg-sunken">
          <div
            className="h-full bg-accent"
            style={{ width: `${(100 * (delivered + failed)) / Math.max(1, found.length)}%` }}
          />
        </div>
      )}
      {isCut && <p className="text-sm text-warn">{t.bulkCut(formats.number(retriedMax))}</p>}
      {error !== null && <ProblemBox error={error} />}
    </>
  );
}

function useBulkRetry({ scope, endpointId, filter }: BulkRetryProps) {
  const queries = useQueryClient();
  const [run, setRun] = useState<Run | null>(null);
  const stop = useRef<AbortController | null>(null);
  const change = (changed: Partial<Run>): void => setRun((before) => before && { ...before, ...changed });
  const guarded = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    stop.current?.abort();
    const controller = new AbortController();
    stop.current = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) change({ error });
    }
  };
  return {
    run,
    close(): void {
      stop.current?.abort();
      setRun(null);
      for (const of of [
        ["attempts", endpointId, "newest"],
        ["endpoint", endpointId],
      ]) {
        void queries.invalidateQueries({ queryKey: of });
      }
    },
    count(): void {
      setRun(begun);
      void guarded(async (signal) => {
        const onLooked = (looked: number): void => change({ looked });
        const { events, isCut } = await findUndelivered({ scope, endpointId, filter, signal, onLooked });
        change({ stage: "counted", found: events, isCut });
      });
    },
    send(): void {
      if (run === null) return;
      const counts = { delivered: 0, failed: 0 };
      change({ stage: "sending" });
      void guarded(async (signal) => {
        await retryEach(endpointId, run.found, {
          signal,
          onAttempt(isDelivered) {
            counts[isDelivered ? "delivered" : "failed"] += 1;
            change(counts);
          },
        });
        change({ stage: "done" });
      });
    },
  };
}
