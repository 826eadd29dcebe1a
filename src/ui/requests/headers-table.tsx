import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { requestTexts } from "./texts.ts";

/** In their order, and as often as they came. */
export function HeadersTable({ headers }: { readonly headers: readonly (readonly string[])[] }) {
  const t = useTexts(requestTexts);
  const formats = useFormats();
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <table className="w-full table-fixed border-collapse text-start">
        <caption className="bg-sunken px-3 py-1.5 text-start text-xs font-medium text-muted">
          {t.headers(formats.number(headers.length))}
        </caption>
        <colgroup>
          <col className="w-2/5 md:w-64" />
          <col />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.value}</th>
          </tr>
        </thead>
        <tbody className="font-mono text-[13px]">
          {headers.map(([name, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice, and the order never changes
            <tr key={index} className="border-t border-line align-top">
              <th scope="row" className="px-3 py-1 text-start font-normal text-muted">
                {name}
              </th>
              <td className="px-3 py-1 break-all whitespace-pre-wrap">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
