/** Which language is shown, and texts in it. Each page has its texts beside it, in all languages. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

export const languages = ["en", "zh", "ru"] as const;
export type Language = (typeof languages)[number];
export const languageNames: Readonly<Record<Language, string>> = { en: "English", zh: "中文", ru: "Русский" };

/** A text, or one that is made of what it is about. */
type Text = string | ((...values: never[]) => string);
type Same<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer Values) => string ? (...values: Values) => string : string;
};
/** English says which texts there are; the others have the same. */
export type Texts<T> = { readonly en: T; readonly zh: Same<T>; readonly ru: Same<T> };

export const defineTexts = <const T extends Readonly<Record<string, Text>>>(texts: Texts<T>): Texts<T> => texts;

const storageKey = "trotline.language";

function chosenLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(storageKey);
  } catch {
    // Storage may be refused to a frame of another site.
  }
  const wanted = [stored, ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return languages.find((language) => language === wanted.find((tag) => languages.some((one) => one === tag))) ?? "en";
}

interface Choice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<Choice>({ language: "en", choose: () => {} });

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(chosenLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((next: Language) => {
    setLanguage(next);
    try {
      localStorage.setItem(storageKey, next);
    } catch {
      // It holds for this page then.
    }
  }, []);
  const choice = useMemo(() => ({ language, choose }), [language, choose]);
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export const useLanguage = (): Choice => useContext(LanguageContext);

/** The texts of a page in the language that is shown. */
export function useTexts<T>(texts: Texts<T>): Same<T> {
  return texts[useLanguage().language] as Same<T>;
}
