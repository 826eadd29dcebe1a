import { Menu, MenuItem } from "../components/menu.tsx";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import type { CopiedRequest } from "../requests/copied-request.ts";
import { curlOf } from "../requests/curl-of.ts";
import { fetchOf } from "../requests/fetch-of.ts";
import { harOf } from "../requests/har-of.ts";
import { eventTexts } from "./detail-texts.ts";

const writers = {
  curl: curlOf,
  fetch: fetchOf,
  HAR: (request: CopiedRequest): string => JSON.stringify(harOf(request), null, 2),
} as const;

interface CopyMenuProps {
  readonly title: string;
  /** Which request, for those who do not see where the menu stands. */
  readonly label: string;
  /** Null where there is none to copy; rejects with what is told. */
  readonly request: () => Promise<CopiedRequest | null> | CopiedRequest | null;
}

/** A request onto the clipboard, in the words of whatever is to send it. */
export function CopyMenu({ title, label, request }: CopyMenuProps) {
  const t = useTexts(eventTexts);
  const toast = useToast();
  const copy = async (name: keyof typeof writers): Promise<void> => {
    let copied: CopiedRequest | null;
    try {
      copied = await request();
    } catch (error) {
      return toast.tell((error as Error).message, "bad");
    }
    if (copied === null) return;
    try {
      await navigator.clipboard.writeText(writers[name](copied));
      toast.tell(t.copied);
    } catch {
      toast.tell(t.copyFailed, "bad");
    }
  };
  return (
    <Menu
      label={label}
      title={
        <span className="text-muted">
          {title} <span aria-hidden="true">▾</span>
        </span>
      }
    >
      {(Object.keys(writers) as (keyof typeof writers)[]).map((name) => (
        <MenuItem key={name} onClick={() => void copy(name)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
