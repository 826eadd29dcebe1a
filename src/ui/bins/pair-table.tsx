/** Names and values in their order, as often as they come. */
export function PairTable({
  label,
  pairs,
}: {
  readonly label: string;
  readonly pairs: readonly (readonly string[])[];
}) {
  return (
    <div className="overflow-auto rounded-md border border-line" style={{ maxHeight: "60dvh" }}>
      <table aria-label={label} className="w-full border-collapse font-mono text-[13px]">
        <tbody>
          {pairs.map(([name, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same pair may come again
            <tr key={index} className="border-b border-line align-top last:border-0">
              <th scope="row" className="max-w-56 px-3 py-1.5 text-start font-medium break-all text-muted">
                {name}
              </th>
              <td className="px-3 py-1.5 break-all whitespace-pre-wrap">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
