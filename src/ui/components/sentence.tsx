/** A sentence in which what stands between backticks is code. */
export function Sentence({ children }: { readonly children: string }) {
  return children.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, which do not move
      <code key={index}>{part}</code>
    ),
  );
}
