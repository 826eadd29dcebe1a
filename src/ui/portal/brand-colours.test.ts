import assert from "node:assert/strict";
import { it } from "node:test";
import { brandColours, contrast, readable } from "./brand-colours.ts";

const colours = ["#1a73e8", "#ffffff", "#000000", "#ffff00", "#7c3aed", "#808080", "#ff0000", "#00ff88"];
const grounds = { light: "#ffffff", dark: "#141c1f" } as const;

for (const colour of colours) {
  it(`${colour} can be read in both themes, as text and under text`, () => {
    for (const theme of ["light", "dark"] as const) {
      assert.ok(contrast(readable(colour, theme), grounds[theme]) >= 4.5, theme);
    }
    const { accent, accentText, accentSoft } = brandColours(colour);
    const both = (pair: string): string[] => [...pair.matchAll(/#[0-9a-f]{6}/g)].map(([one]) => one);
    for (const index of [0, 1]) {
      const at = (pair: string): string => both(pair)[index] ?? "";
      assert.ok(contrast(at(accent), at(accentText)) >= 4.5, `${accent} under ${accentText}`);
      assert.ok(contrast(at(accent), at(accentSoft)) >= 4.5, `${accent} on ${accentSoft}`);
    }
  });
}

it("a colour that can be read stays as it is", () => {
  assert.equal(readable("#0b5394", "light"), "#0b5394");
  assert.equal(contrast("#000000", "#ffffff"), 21);
});
