/** JSON in lines for people. The text itself is kept: numbers and escapes stay as they were written. */

const step = "  ";

/** Null where the text is not JSON. */
export function indentJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const parts: string[] = [];
  let depth = 0;
  const line = (): string => `\n${step.repeat(depth)}`;
  // Strings whole, then signs, then everything else up to the next of them.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  for (const [index, token] of tokens.entries()) {
    const isEmpty = closes(tokens[index + 1]);
    if (token === "{" || token === "[") {
      depth += 1;
      parts.push(token, isEmpty ? "" : line());
    } else if (closes(token)) {
      depth -= 1;
      const opened = tokens[index - 1];
      parts.push(opened === "{" || opened === "[" ? "" : line(), token);
    } else parts.push(token === "," ? `,${line()}` : token === ":" ? ": " : token);
  }
  return parts.join("");
}

const closes = (token: string | undefined): boolean => token === "}" || token === "]";
