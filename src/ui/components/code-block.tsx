import { useState } from "react";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { componentTexts } from "./texts.ts";

/** More than this at once would keep the page from answering. */
const shownLengthMax = 100_000;

interface CodeBlockProps {
  readonly text: string;
  readonly label: string;
  readonly heightCss?: string;
  readonly canCopy?: boolean;
}

/** Text as it is; never read as HTML. */
export function CodeBlock({ text, label, heightCss = "32rem", canCopy = true }: CodeBlockProps) {
  const t = useTexts(componentTexts);
  const formats = useFormats();
  const [isWhole, setIsWhole] = useState(false);
  const isCut = !isWhole && text.length > shownLengthMax;
  return (
    <div className="relative min-w-0 rounded-md border border-line bg-sunken">
      {canCopy && (
        <div className="absolute end-1 top-1 bg-sunken">
          <CopyButton text={text} />
        </div>
      )}
      <pre
        tabIndex={0}
        aria-label={label}
        className="overflow-auto p-3 pe-20 font-mono text-[13px] whitespace-pre-wrap"
        style={{ maxHeight: heightCss }}
      >
        {isCut ? text.slice(0, shownLengthMax) : text}
      </pre>
      {isCut && (
        <div className="p-2">
          <Button onClick={() => setIsWhole(true)}>{t.showAll(formats.bytes(text.length))}</Button>
        </div>
      )}
    </div>
  );
}
