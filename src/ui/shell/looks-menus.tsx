/** How the page looks and speaks: for the shell, for who is not signed in, and for the portal. */
import { Menu, MenuItem } from "../components/menu.tsx";
import { languageNames, languages, useLanguage, useTexts } from "../i18n/language.tsx";
import { shellTexts } from "./texts.ts";
import { type Theme, themes, useTheme } from "./theme.ts";

export interface LooksProps {
  /** To which side of the button it opens. */
  readonly align?: "start" | "end";
  readonly side?: "below" | "above";
}

export function ThemeMenu({ align = "end", side = "below" }: LooksProps) {
  const t = useTexts(shellTexts);
  const [theme, setTheme] = useTheme();
  const names: Readonly<Record<Theme, string>> = { system: t.themeSystem, light: t.themeLight, dark: t.themeDark };
  return (
    <Menu title={t.theme} label={t.theme} align={align} side={side}>
      {themes.map((one) => (
        <MenuItem key={one} isChosen={one === theme} onClick={() => setTheme(one)}>
          {names[one]}
        </MenuItem>
      ))}
    </Menu>
  );
}

export function LanguageMenu({ align = "end", side = "below" }: LooksProps) {
  const t = useTexts(shellTexts);
  const { language, choose } = useLanguage();
  return (
    <Menu title={languageNames[language]} label={t.language} align={align} side={side}>
      {languages.map((one) => (
        <MenuItem key={one} isChosen={one === language} onClick={() => choose(one)}>
          <span lang={one}>{languageNames[one]}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}
