/**
 * Writes the pages that are made from tables: `docs/configuration.md`, `docs/errors.md` and `docs/presets.md`. A test holds them current.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./generated-pages.ts";

for (const [path, text] of Object.entries(generatedPages())) {
  writeFileSync(join(import.meta.dirname, "..", path), text);
}
