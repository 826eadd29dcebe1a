const depthShownMax = 40;
const piece = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^>]*>?|[^<]+/g;

/** XML with a line for each tag; an element that has text alone stays on one. It is text: nothing of it is built. */
export function formatXml(text: string): string {
  const lines: string[] = [];
  let depth = 0;
  let isAfterText = false;
  let isAfterOpening = false;
  for (const [part] of text.matchAll(piece)) {
    if (!part.startsWith("<")) {
      if (part.trim() === "") continue;
      const last = lines.length - 1;
      if (isAfterOpening && last >= 0) lines[last] += part;
      else lines.push("  ".repeat(Math.min(depth, depthShownMax)) + part.trim());
      isAfterText = isAfterOpening;
      isAfterOpening = false;
      continue;
    }
    const isClosing = part.startsWith("</");
    if (isClosing) depth = Math.max(0, depth - 1);
    if (isClosing && (isAfterText || isAfterOpening)) lines[lines.length - 1] += part;
    else lines.push("  ".repeat(Math.min(depth, depthShownMax)) + part);
    isAfterText = false;
    isAfterOpening = !isClosing && !/^<[!?]/.test(part) && !part.endsWith("/>");
    if (isAfterOpening) depth += 1;
  }
  return lines.join("\n");
}
