import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useTexts } from "../i18n/language.tsx";
import { settingsTexts } from "./texts.ts";

interface ShownOnceProps {
  readonly title: string;
  /** Null shows nothing. */
  readonly text: string | null;
  readonly onClose: () => void;
}

/** What the server answers this once: it is gone when the dialog is. */
export function ShownOnce({ title, text, onClose }: ShownOnceProps) {
  const t = useTexts(settingsTexts);
  return (
    <Dialog
      title={title}
      isOpen={text !== null}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          {t.kept}
        </Button>
      }
    >
      <p>{t.shownOnce}</p>
      <div className="flex items-center gap-2 rounded-md border border-line bg-sunken px-3 py-2">
        <code className="min-w-0 flex-1 font-mono text-[13px] break-all">{text}</code>
        <CopyButton text={text ?? ""} />
      </div>
    </Dialog>
  );
}
