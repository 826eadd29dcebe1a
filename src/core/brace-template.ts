/** How every template of ours is written: text with names in braces. A brace that is meant stands twice. */

/**
 * The texts of a template, and what stands for the names between them; or the sentence that says why it is none.
 * `valueNamed` answers such a sentence for a name that it does not know.
 */
export function parseBraces<Value extends object>(
  template: string,
  valueNamed: (name: string) => Value | string,
): (string | Value)[] | string {
  const parts: (string | Value)[] = [];
  let text = "";
  for (const [found, name] of template.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    if (found === "{{" || found === "}}") text += found.slice(1);
    else if (found === "{" || found === "}") return "has a brace without its partner; one that is meant stands twice";
    else if (name === undefined) text += found;
    else {
      const value = valueNamed(name);
      if (typeof value === "string") return value;
      if (text !== "") parts.push(text);
      text = "";
      parts.push(value);
    }
  }
  if (text !== "") parts.push(text);
  return parts;
}
