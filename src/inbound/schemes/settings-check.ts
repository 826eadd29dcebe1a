/** Settings of presets that have few values. */

/** The sentence that says which setting has a value that it cannot have; null where none has. */
export function choiceRefusal(
  settings: Readonly<Record<string, string>>,
  choices: Readonly<Record<string, readonly string[]>>,
): string | null {
  for (const [name, values] of Object.entries(choices)) {
    const value = settings[name];
    if (value === undefined || values.includes(value)) continue;
    return `\`${name}\` is ${values.map((known) => `\`${known}\``).join(" or ")}.`;
  }
  return null;
}

/** The same of values divided by commas. */
export function listRefusal(
  settings: Readonly<Record<string, string>>,
  { name, values }: { readonly name: string; readonly values: readonly string[] },
): string | null {
  const named = (settings[name] ?? values.join()).split(",").map((text) => text.trim());
  return named.every((text) => values.includes(text)) ? null : `\`${name}\` is some of ${values.join(", ")}.`;
}
