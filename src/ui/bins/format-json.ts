/**
 * JSON with a line for each member. Not a digit of it is changed, as reading and writing it would; what is cut off, or
 * is no JSON, is shown as far as it goes.
 */
export function formatJson(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  let index = 0;
  const line = (): void => void parts.push("\n", "  ".repeat(Math.max(0, Math.min(depth, depthShownMax))));
  while (index < text.length) {
    const character = text[index] ?? "";
    if (character === '"') {
      const end = endOfString(text, index);
      parts.push(text.slice(index, end));
      index = end;
    } else if (character === "{" || character === "[") {
      const next = skipSpace(text, index + 1);
      const isEmpty = text[next] === (character === "{" ? "}" : "]");
      parts.push(isEmpty ? (character === "{" ? "{}" : "[]") : character);
      index = isEmpty ? next + 1 : next;
      if (!isEmpty) {
        depth += 1;
        line();
      }
    } else if (character === "}" || character === "]") {
      depth -= 1;
      line();
      parts.push(character);
      index += 1;
    } else if (character === ",") {
      parts.push(",");
      line();
      index = skipSpace(text, index + 1);
    } else if (character === ":") {
      parts.push(": ");
      index = skipSpace(text, index + 1);
    } else {
      const end = endOfPlain(text, index);
      parts.push(text.slice(index, end).trim());
      index = end;
    }
  }
  return parts.join("");
}

/** Deeper levels are not moved further in: nobody sees them there. */
const depthShownMax = 40;
const plainEnd = /["{}[\],:]/g;

function endOfPlain(text: string, from: number): number {
  plainEnd.lastIndex = from;
  return plainEnd.exec(text)?.index ?? text.length;
}

function endOfString(text: string, from: number): number {
  let index = from + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return Math.min(index + 1, text.length);
}

function skipSpace(text: string, from: number): number {
  let index = from;
  while (index < text.length && (text.charCodeAt(index) === 32 || /\s/.test(text[index] ?? ""))) index += 1;
  return index;
}
