/** A request as it was received: the line, who sent it, headers in their order, and the body. */
import { useMemo } from "react";
import type { ReceivedRequest } from "../../sdk/wire.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { BodyView } from "./body-view.tsx";
import { curlOf } from "./curl-of.ts";
import { HeadersTable } from "./headers-table.tsx";
import { bytesOf } from "./request-body.ts";
import { requestTexts } from "./texts.ts";

interface RequestViewProps {
  readonly request: ReceivedRequest;
  /** Where it was sent to, for copies of it: an address with its protocol and host. */
  readonly origin: string;
  readonly isTruncated?: boolean;
  /** Of the file that the body is downloaded as. */
  readonly fileName: string;
}

export function RequestView({ request, origin, isTruncated = false, fileName }: RequestViewProps) {
  const t = useTexts(requestTexts);
  const { method, target, headers, address, received_at: at } = request;
  const bytes = useMemo(() => bytesOf(request), [request]);
  const curl = useMemo(
    () => curlOf({ method, url: origin + target, headers: headers as readonly [string, string][], body: bytes }),
    [method, origin, target, headers, bytes],
  );
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="min-w-0 font-mono text-[13px]">
          <span className="font-semibold">{method}</span> {target}
        </p>
        <p className="text-sm text-muted">
          {t.from} <span className="font-mono text-[13px]">{address}</span>, <Time at={at} />
        </p>
        <div className="ms-auto">{!isTruncated && <CopyButton text={curl} label={t.curl} />}</div>
      </div>
      <HeadersTable headers={headers} />
      <BodyView bytes={bytes} headers={headers} isTruncated={isTruncated} fileName={fileName} />
    </div>
  );
}
