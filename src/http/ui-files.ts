/** The dashboard as it was built: a fixed list of files, each perhaps with compressed copies beside it. */
import { existsSync, globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const codings = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
] as const;

export interface UiFile {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly coding: string | null;
}

export class UiFiles {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;

  constructor(folder: string) {
    this.#folder = folder;
    this.#names = new Set(existsSync(folder) ? globSync("**/*", { cwd: folder }) : []);
  }

  get isBuilt(): boolean {
    return this.#names.has("index.html");
  }

  /** Null where there is no such file. `accepts`: whether the client takes a coding. */
  async read(name: string, accepts: (coding: string) => boolean): Promise<UiFile | null> {
    const contentType = contentTypes[name.slice(name.lastIndexOf(".") + 1)];
    if (contentType === undefined || !this.#names.has(name)) return null;
    const coding = codings.find((one) => this.#names.has(name + one.suffix) && accepts(one.name));
    const bytes = await readFile(join(this.#folder, name + (coding?.suffix ?? "")));
    return { bytes, contentType, coding: coding?.name ?? null };
  }
}
