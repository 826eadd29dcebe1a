import { useState } from "react";
import { useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { componentTexts } from "./texts.ts";
import { useToast } from "./toast.tsx";

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for those who do not see where the button stands. */
  readonly label?: string;
}

const shownMs = 2000;

export function CopyButton({ text, label }: CopyButtonProps) {
  const t = useTexts(componentTexts);
  const toast = useToast();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), shownMs);
    } catch {
      toast.tell(t.copyFailed, "bad");
    }
  };
  return (
    <Button look="quiet" onClick={copy} aria-live="polite">
      {isCopied ? t.copied : (label ?? t.copy)}
    </Button>
  );
}
