/** The first document of a YAML 1.1 text, JSON being one, as a tree. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { goFloatText } from "../go-float.ts";
import {
  type FileEntry,
  type FileList,
  type FileMap,
  type FileNode,
  type FileScalar,
  type Place,
  UnreadableFile,
} from "./file-node.ts";
import { resolveScalar } from "./resolve-scalar.ts";

const options = {
  version: "1.1",
  schema: "failsafe",
  uniqueKeys: false,
  merge: false,
  logLevel: "silent",
} as const;

/** How many nodes the aliases of a file may stand for: a few lines could stand for billions. */
const aliasedNodesMax = 100_000;

/** Null where there is nothing in it. Throws `UnreadableFile`. */
export function readYaml(text: string): FileNode | null {
  const lines = new LineCounter();
  checkCharacters(text);
  const documents = parseAllDocuments<ParsedNode>(text.replace(/^\ufeff/, ""), { ...options, lineCounter: lines });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return null;
  const escaped = withoutEscapedQuotes(text, document);
  if (escaped !== null) return readYaml(escaped);
  const [problem] = document.errors;
  if (problem !== undefined) throw new UnreadableFile(sentenceOf(problem.message), placeAt(problem.pos[0], lines));
  checkEscapes(document, text, lines);
  const version = /^%YAML[ \t]+(\S+)/.exec(text)?.[1];
  if (version !== undefined && version !== "1.1") {
    throw new UnreadableFile(`YAML ${version} is not read: 1.1 is`, { line: 1, column: 1 });
  }
  return document.contents === null ? null : new Builder(document, lines).node(document.contents);
}

/** The `js` function of templates writes `\'`, which YAML does not know and the other reader takes. Null where there is none. */
function withoutEscapedQuotes(text: string, document: Document.Parsed): string | null {
  const places = document.errors
    .filter(({ code, pos }) => code === "BAD_DQ_ESCAPE" && text.startsWith("\\'", pos[0]))
    .map(({ pos }) => pos[0]);
  if (places.length === 0) return null;
  const removed = new Set(places);
  return text
    .split("")
    .filter((_, index) => !removed.has(index))
    .join("");
}

/** The library's sentence, without the excerpt that it shows. */
const sentenceOf = (message: string): string =>
  (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");

function placeAt(offset: number, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Escapes of JSON that YAML 1.1 has not: halves of characters, and a slash. */
const otherEscape = /(?<!\\)(?:\\\\)*(\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\\/)/;

function checkEscapes(document: Document.Parsed, text: string, lines: LineCounter): void {
  if (!otherEscape.test(text)) return;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type !== "QUOTE_DOUBLE" || !range) return;
      const found = otherEscape.exec(text.slice(range[0], range[1]));
      if (found === null) return;
      throw new UnreadableFile(`YAML 1.1 has no escape \`${found[1]}\``, placeAt(range[0] + found.index, lines));
    },
  });
}

/** What may stand in YAML: no control characters, and nothing that is no UTF-8 (see `byte-text.ts`). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what may not stand in it.
const refused = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\p{Surrogate}]/u;

function checkCharacters(text: string): void {
  const found = refused.exec(text);
  if (found === null) return;
  const before = text.slice(0, found.index);
  const place = { line: before.split("\n").length, column: found.index - before.lastIndexOf("\n") };
  const isByte = /\p{Surrogate}/u.test(found[0]);
  throw new UnreadableFile(isByte ? "invalid UTF-8" : "control characters are not allowed", place);
}

class Builder {
  readonly #lines: LineCounter;
  /** By name: of several of one name the last counts, wherever the alias stands. */
  readonly #anchors = new Map<string, Node>();
  readonly #entered = new Set<string>();
  #aliasedNodes = 0;
  #flowDepth = 0;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#lines = lines;
    visit(document, {
      Node: (_, node) => {
        if (!isAlias(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      },
    });
  }

  node(node: Node | null): FileNode {
    if (this.#entered.size > 0) this.#aliasedNodes += 1;
    if (this.#aliasedNodes > aliasedNodesMax) {
      throw new UnreadableFile("document contains excessive aliasing", this.#place(node));
    }
    if (isAlias(node)) return this.#aliased(node);
    if (!isMap(node) && !isSeq(node)) return this.#scalar(node as Scalar | null);
    if (node.flow === true) this.#flowDepth += 1;
    const built = isMap(node) ? this.#map(node) : this.#list(node);
    if (node.flow === true) this.#flowDepth -= 1;
    return built;
  }

  #list(list: YAMLSeq): FileList {
    const items = list.items.map((item) => this.node(item as Node | null));
    return { kind: "list", place: this.#place(list), items };
  }

  #aliased(alias: Node & { source: string }): FileNode {
    const { source } = alias;
    const target = this.#anchors.get(source);
    if (target === undefined) throw new UnreadableFile(`unknown anchor '${source}' referenced`, this.#place(alias));
    if (this.#entered.has(source)) {
      throw new UnreadableFile(`anchor '${source}' value contains itself`, this.#place(alias));
    }
    this.#entered.add(source);
    const node = this.node(target);
    this.#entered.delete(source);
    return node;
  }

  #scalar(scalar: Scalar | null): FileScalar {
    const place = this.#place(scalar);
    const source = scalar?.source ?? "";
    const tag = scalar?.tag === "!" ? "tag:yaml.org,2002:str" : (scalar?.tag ?? "");
    const isPlain = scalar === null || scalar.type === "PLAIN" || scalar.type === undefined;
    if (isPlain && this.#flowDepth > 0 && /[:?]/.test(source))
      throw new UnreadableFile("a text with `:` or `?` needs quotes here", place);
    if (!isPlain && tag === "") return { kind: "scalar", place, value: source, source };
    try {
      return { kind: "scalar", place, value: resolveScalar(tag, source), source };
    } catch (error) {
      throw error instanceof UnreadableFile ? new UnreadableFile(error.message, place) : error;
    }
  }

  #map(map: YAMLMap): FileMap {
    const entries = new Map<string, FileEntry>();
    const repeated: { name: string; place: Place }[] = [];
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        // What is merged takes the place of what stands before it, and what stands behind it takes its place.
        for (const [name, entry] of this.#merged(value as Node | null)) entries.set(name, entry);
        continue;
      }
      const keyNode = this.node(key as Node | null);
      const name = keyOf(keyNode);
      if (entries.has(name)) repeated.push({ name, place: keyNode.place });
      entries.set(name, { keyPlace: keyNode.place, value: this.node(value as Node | null) });
    }
    return { kind: "map", place: this.#place(map), entries, repeated };
  }

  #merged(value: Node | null): ReadonlyMap<string, FileEntry> {
    const node = this.node(value);
    if (node.kind === "map") return node.entries;
    const maps = node.kind === "list" ? node.items : [];
    if (node.kind !== "list" || maps.some((item) => item.kind !== "map")) {
      throw new UnreadableFile("map merge requires map or sequence of maps as the value", node.place);
    }
    // Of several, what stands first counts.
    return new Map([...maps].reverse().flatMap((item) => (item.kind === "map" ? [...item.entries] : [])));
  }

  #place(node: Node | null): Place {
    return placeAt(node?.range?.[0] ?? 0, this.#lines);
  }
}

function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.source !== "<<") return false;
  return (key.type === "PLAIN" && key.tag === undefined) || key.tag === "tag:yaml.org,2002:merge";
}

function keyOf(node: FileNode): string {
  if (node.kind !== "scalar") throw new UnreadableFile("a key cannot be a map or a list", node.place);
  const { value } = node;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return floatKey(value);
  if (typeof value === "bigint" && value < 1n << 63n) return String(value);
  throw new UnreadableFile(`a key cannot be \`${node.source}\``, node.place);
}

const floatKey = (value: number): string =>
  Number.isNaN(value) ? ".nan" : Number.isFinite(value) ? goFloatText(value, 32) : value > 0 ? ".inf" : "-.inf";
