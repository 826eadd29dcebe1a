/**
 * A colour that somebody chose, made dark or light enough to be read: contrast as WCAG 2.2 reckons it
 * (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
 */

/** For text of any size it is 4.5; more, because it also stands on a ground that is tinted with it. */
const contrastMin = 5.5;
const grounds = { light: "#ffffff", dark: "#141c1f" } as const;
const black = "#000000";
const white = "#ffffff";

export interface BrandColours {
  readonly accent: string;
  readonly accentText: string;
  readonly accentSoft: string;
}

export const brandColours = (colour: string): BrandColours => {
  const light = readable(colour, "light");
  const dark = readable(colour, "dark");
  const softOf = (accent: string, theme: "light" | "dark"): string => mixed(grounds[theme], accent, 0.1);
  return {
    accent: `light-dark(${light}, ${dark})`,
    accentText: `light-dark(${textOn(light)}, ${textOn(dark)})`,
    accentSoft: `light-dark(${softOf(light, "light")}, ${softOf(dark, "dark")})`,
  };
};

/** As near to the colour as can be read on the ground of the theme. */
export function readable(colour: string, theme: "light" | "dark"): string {
  const towards = theme === "light" ? black : white;
  for (let part = 0; part < 1; part += 0.05) {
    const tried = mixed(colour, towards, part);
    if (contrast(tried, grounds[theme]) >= contrastMin) return tried;
  }
  return towards;
}

const textOn = (colour: string): string => (contrast(colour, white) >= contrast(colour, black) ? white : black);

export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = partsOf(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const partsOf = (colour: string): number[] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

function mixed(colour: string, other: string, part: number): string {
  const others = partsOf(other);
  const parts = partsOf(colour).map((one, index) => Math.round(one + ((others[index] ?? 0) - one) * part));
  return `#${parts.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}
