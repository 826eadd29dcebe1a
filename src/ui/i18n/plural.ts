/** `plural("ru", 3, { one: "событие", few: "события", other: "событий" })`: the form that the count asks for. */
export function plural(
  language: string,
  count: number,
  forms: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string },
): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
}
