import type { Bin, BinRequest } from "../../sdk/wire-bins.ts";
import { askRaw } from "../api/ask.ts";
import { Menu, MenuItem } from "../components/menu.tsx";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import type { CopiedRequest } from "../requests/copied-request.ts";
import { curlOf } from "../requests/curl-of.ts";
import { fetchOf } from "../requests/fetch-of.ts";
import { harOf } from "../requests/har-of.ts";
import { requestPath, urlOf } from "./bin-queries.ts";
import { binTexts } from "./texts.ts";

const forms: readonly (readonly [name: string, write: (request: CopiedRequest) => string])[] = [
  ["curl", curlOf],
  ["fetch", fetchOf],
  ["HAR", (request) => JSON.stringify(harOf(request), null, 2)],
];

/** The request as a command, or code, that sends it to the bin again: its whole body, whatever of it is shown. */
export function CopyMenu({ bin, request }: { readonly bin: Bin; readonly request: BinRequest }) {
  const t = useTexts(binTexts);
  const toast = useToast();
  const copy = async (write: (request: CopiedRequest) => string): Promise<void> => {
    try {
      const answer = await askRaw(`GET ${requestPath(bin.id, request.id)}/raw`);
      const body = new Uint8Array(await answer.arrayBuffer());
      const headers = request.headers.map(([name = "", value = ""]) => [name, value] as const);
      const url = urlOf(bin) + request.path;
      await navigator.clipboard.writeText(
        write({ method: request.method, url, headers, body, at: request.received_at }),
      );
      toast.tell(t.copied);
    } catch (error) {
      toast.tell((error as Error).message, "bad");
    }
  };
  return (
    <Menu title={`${t.copyAs}…`} label={t.copyAs} align="start">
      {forms.map(([name, write]) => (
        <MenuItem key={name} onClick={() => void copy(write)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
