import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from "react";
import { useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { componentTexts } from "./texts.ts";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons below; the last is the one that is meant. */
  readonly actions?: ReactNode;
  readonly isWide?: boolean;
}

/** The browser's own modal dialog: focus stays in it, Escape closes it, and goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, actions, isWide = false }: DialogProps) {
  const t = useTexts(componentTexts);
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (isOpen && !dialog.open) dialog.showModal();
    if (!isOpen && dialog.open) dialog.close();
  }, [isOpen]);
  useLayoutEffect(() => {
    const dialog = ref.current;
    // Closed before it goes: what had the focus has it again.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={onClose}
      className={`m-auto max-h-[90dvh] w-[calc(100vw-2rem)] rounded-lg border border-line bg-raised text-text shadow-xl ${isWide ? "max-w-4xl" : "max-w-lg"}`}
    >
      {isOpen && (
        <div className="flex max-h-[90dvh] flex-col">
          <header className="flex items-center justify-between gap-2 border-b border-line px-4 py-3">
            <h2 id={titleId} className="font-semibold">
              {title}
            </h2>
            <Button look="quiet" onClick={onClose} aria-label={t.close}>
              ×
            </Button>
          </header>
          <div className="flex min-h-0 flex-col gap-4 overflow-y-auto p-4">{children}</div>
          {actions !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{actions}</footer>
          )}
        </div>
      )}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** What the button does, in a verb. */
  readonly action: string;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
  readonly children: ReactNode;
}

/** For what cannot be taken back. */
export function Confirm({ action, isBusy = false, onConfirm, children, ...dialog }: ConfirmProps) {
  const t = useTexts(componentTexts);
  return (
    <Dialog
      {...dialog}
      actions={
        <>
          <Button onClick={dialog.onClose}>{t.cancel}</Button>
          <Button look="danger" busy={isBusy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
