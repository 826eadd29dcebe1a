/** Short news at the edge of the page: what was done, or could not be. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { componentTexts } from "./texts.ts";

type ToastTone = "good" | "bad";
interface Toast {
  readonly number: number;
  readonly text: string;
  readonly tone: ToastTone;
}
interface Toasts {
  readonly tell: (text: string, tone?: ToastTone) => void;
}

const shownMs = 6000;
const toastsMax = 4;
const ToastContext = createContext<Toasts>({ tell: () => {} });
export const useToast = (): Toasts => useContext(ToastContext);

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const t = useTexts(componentTexts);
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const dismiss = useCallback((number: number) => setToasts((all) => all.filter((one) => one.number !== number)), []);
  const tell = useCallback(
    (text: string, tone: ToastTone = "good") => {
      const number = performance.now();
      setToasts((all) => [...all.slice(1 - toastsMax), { number, text, tone }]);
      if (tone === "good") setTimeout(() => dismiss(number), shownMs);
    },
    [dismiss],
  );
  const value = useMemo(() => ({ tell }), [tell]);
  return (
    <ToastContext value={value}>
      {children}
      <div role="status" className="fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2">
        {toasts.map(({ number, text, tone }) => (
          <div
            key={number}
            className={`flex items-start gap-2 rounded-md border bg-raised p-3 shadow-lg ${tone === "bad" ? "border-bad" : "border-line"}`}
          >
            <p className="min-w-0 flex-1">{text}</p>
            <Button look="quiet" aria-label={t.dismiss} onClick={() => dismiss(number)}>
              ×
            </Button>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
