import { useEffect } from "react";
import type { Session } from "../api/session.ts";
import { brandColours } from "./brand-colours.ts";

/** The page in the colour that the server was started with; see `styles.css`. */
export function useBrand(brand: Session["brand"] | undefined): void {
  const colour = brand?.colour ?? null;
  useEffect(() => {
    if (colour === null) return;
    const { style } = document.documentElement;
    const { accent, accentText, accentSoft } = brandColours(colour);
    const values = { "--brand": accent, "--brand-text": accentText, "--brand-soft": accentSoft };
    for (const [name, value] of Object.entries(values)) style.setProperty(name, value);
    return () => {
      for (const name of Object.keys(values)) style.removeProperty(name);
    };
  }, [colour]);
}
