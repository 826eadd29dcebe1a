/** JSON as text: what a server stored is shown with its own digits and escapes, which reading it would lose. */

/** The text of a member of the object; null where it has none. Of members of one name the last counts. */
export function rawMember(json: string, name: string): string | null {
  let found: string | null = null;
  let depth = 0;
  let key: string | null = null;
  let start = -1;
  for (const { text, at } of tokens(json)) {
    const isOpen = text === "{" || text === "[";
    const isClose = text === "}" || text === "]";
    if (isClose) depth -= 1;
    const isEnd = (depth === 1 && text === ",") || (depth === 0 && isClose);
    if (isEnd && key !== null) {
      if (key === name) found = json.slice(start, at).trim();
      key = null;
    } else if (depth === 1 && key === null && text.startsWith('"')) {
      key = JSON.parse(text) as string;
    } else if (depth === 1 && text === ":") {
      start = at + 1;
    }
    if (isOpen) depth += 1;
  }
  return found;
}

/** Deeper than this, lines begin no further to the right. */
const indentMax = 40;
const emptyPair = /^(\{\}|\[\])$/;

/** On lines of its own for each member, and otherwise as it is: no number or text is written anew. */
export function indented(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  let previous = "";
  const line = (): string => `\n${"  ".repeat(Math.min(depth, indentMax))}`;
  for (const { text } of tokens(json)) {
    if (text === "}" || text === "]") {
      depth -= 1;
      if (!emptyPair.test(previous + text)) parts.push(line());
    } else if (previous === "{" || previous === "[") {
      parts.push(line());
    }
    parts.push(text);
    if (text === "{" || text === "[") depth += 1;
    else if (text === ",") parts.push(line());
    else if (text === ":") parts.push(" ");
    previous = text;
  }
  return parts.join("");
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

function* tokens(json: string): Generator<{ readonly text: string; readonly at: number }> {
  for (const match of json.matchAll(token)) yield { text: match[0], at: match.index };
}
