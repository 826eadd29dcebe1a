import { Problem } from "../api/ask.ts";
import { useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { Sentence } from "./sentence.tsx";
import { componentTexts } from "./texts.ts";

interface ProblemBoxProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What was refused, in the server's own sentence, which is English and says what to do. */
export function ProblemBox({ error, onRetry }: ProblemBoxProps) {
  const t = useTexts(componentTexts);
  const problem = error instanceof Problem ? error : null;
  const sentence = problem?.status === 0 && onRetry !== undefined ? t.unreachable : (error as Error).message;
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-md bg-bad-soft px-4 py-3 text-bad">
      <div className="min-w-0 flex-1">
        <p lang={problem === null || problem.status === 0 ? undefined : "en"}>
          <Sentence>{sentence}</Sentence>
        </p>
        {problem !== null && problem.status !== 0 && <p className="font-mono text-xs">{t.code(problem.code)}</p>}
      </div>
      {onRetry !== undefined && problem?.status !== 403 && <Button onClick={onRetry}>{t.retry}</Button>}
    </div>
  );
}
