/** The tokens of XML as Go's strict `encoding/xml` takes them, which is less than XML: no document type is read. */
export class XmlProblem extends Error {
  override readonly name = "XmlProblem";
}

export type XmlToken =
  | { readonly kind: "start"; readonly name: string; readonly attributes: readonly (readonly [string, string])[] }
  | { readonly kind: "end" }
  | { readonly kind: "text"; readonly text: string };

const name = /[A-Za-z0-9_:.\-\u{80}-\u{10ffff}]+/uy;
const wholeName = /^[:_\p{ID_Start}][-.:_·\p{ID_Continue}]*$/u;
const space = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters may not stand in XML.
const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Surrogate}]/u;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", apos: "'", quot: '"' };

export class XmlTokens {
  readonly #text: string;
  readonly #open: string[] = [];
  #at = 0;
  #isEmptyElement = false;

  /** As `byte-text.ts` has it. */
  constructor(text: string) {
    this.#text = text;
  }

  /** Null at the end of the text. Comments, instructions and directives are passed over. Throws `XmlProblem`. */
  next(): XmlToken | null {
    if (this.#isEmptyElement) {
      this.#isEmptyElement = false;
      this.#open.pop();
      return { kind: "end" };
    }
    for (;;) {
      if (this.#at >= this.#text.length) {
        if (this.#open.length > 0) throw new XmlProblem("unexpected EOF");
        return null;
      }
      if (this.#text[this.#at] !== "<") return { kind: "text", text: this.#characters("<") };
      if (this.#has("<![CDATA[")) return { kind: "text", text: this.#section() };
      if (this.#has("</")) return this.#end();
      if (this.#has("<?")) this.#instruction();
      else if (this.#has("<!--")) this.#comment();
      else if (this.#has("<!")) this.#directive();
      else {
        this.#at += 1;
        return this.#start();
      }
    }
  }

  #start(): XmlToken {
    const raw = this.#name("an element's name");
    const attributes: (readonly [string, string])[] = [];
    for (;;) {
      this.#take(space);
      if (this.#has(">")) break;
      if (this.#has("/")) {
        if (!this.#has(">")) throw new XmlProblem("expected /> in element");
        this.#isEmptyElement = true;
        break;
      }
      const attribute = this.#name("an attribute's name");
      this.#take(space);
      if (!this.#has("=")) throw new XmlProblem("attribute name without = in element");
      this.#take(space);
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") throw new XmlProblem("unquoted or missing attribute value in element");
      this.#at += 1;
      attributes.push([localName(attribute), this.#characters(quote)]);
      this.#at += 1;
    }
    this.#open.push(raw);
    return { kind: "start", name: localName(raw), attributes };
  }

  #end(): XmlToken {
    const raw = this.#name("an element's name");
    this.#take(space);
    if (!this.#has(">")) throw new XmlProblem(`invalid characters between </${raw} and >`);
    if (this.#open.pop() !== raw) throw new XmlProblem(`unexpected end element </${raw}>`);
    return { kind: "end" };
  }

  /** Up to the character that ends it, which is not taken. */
  #characters(end: string): string {
    const isAttribute = end !== "<";
    let text = "";
    for (;;) {
      const stop = this.#find(isAttribute ? /[<&"']/g : /[<&]/g);
      text += this.#text.slice(this.#at, stop).replace(/\r\n?/g, "\n");
      if (!isAttribute && this.#text.slice(this.#at, stop).includes("]]>")) throw new XmlProblem("unescaped ]]>");
      this.#at = stop;
      const character = this.#text[stop];
      if (character === undefined && isAttribute) throw new XmlProblem("unexpected EOF");
      if (character === end || character === undefined) return legal(text);
      if (character === "<") throw new XmlProblem("unescaped < inside quoted string");
      this.#at += 1;
      text += character === "&" ? this.#entity() : character;
    }
  }

  #entity(): string {
    const found = /([A-Za-z]+|#\d+|#x[0-9a-fA-F]+);/y;
    found.lastIndex = this.#at;
    const word = found.exec(this.#text)?.[1] ?? "";
    this.#at += word.length + 1;
    if (!word.startsWith("#")) {
      const character = Object.hasOwn(entities, word) ? entities[word] : undefined;
      if (character === undefined) throw new XmlProblem("invalid character entity");
      return character;
    }
    const code = word[1] === "x" ? Number.parseInt(word.slice(2), 16) : Number(word.slice(1));
    if (code > 0x10ffff) throw new XmlProblem("invalid character entity");
    return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCodePoint(code);
  }

  #section(): string {
    const end = this.#text.indexOf("]]>", this.#at);
    if (end < 0) throw new XmlProblem("unexpected EOF in CDATA section");
    const text = this.#text.slice(this.#at, end).replace(/\r\n?/g, "\n");
    this.#at = end + 3;
    return legal(text);
  }

  #comment(): void {
    const end = this.#text.indexOf("--", this.#at);
    this.#at = end + 2;
    if (end < 0 || !this.#has(">")) throw new XmlProblem('invalid sequence "--" not allowed in comments');
  }

  #instruction(): void {
    const target = this.#name("a target's name");
    this.#take(space);
    const end = this.#text.indexOf("?>", this.#at);
    if (end < 0) throw new XmlProblem("unexpected EOF");
    const content = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    if (target !== "xml") return;
    const version = declared("version", content);
    const encoding = declared("encoding", content);
    if (version !== "" && version !== "1.0") throw new XmlProblem(`unsupported version ${version}`);
    if (encoding !== "" && encoding.toLowerCase() !== "utf-8") throw new XmlProblem(`encoding ${encoding} declared`);
  }

  /** Such as a document type: passed over, with what is nested in it. */
  #directive(): void {
    if (this.#text[this.#at] === "-") throw new XmlProblem("invalid sequence <!- not part of <!--");
    if (this.#text[this.#at] === "[") throw new XmlProblem("invalid <![ sequence");
    let depth = 0;
    for (;;) {
      this.#at = this.#find(/[<>"']/g);
      const character = this.#text[this.#at];
      if (character === undefined) throw new XmlProblem("unexpected EOF");
      if (this.#has("<!--")) {
        const end = this.#text.indexOf("-->", this.#at);
        if (end < 0) throw new XmlProblem("unexpected EOF");
        this.#at = end + 3;
        continue;
      }
      this.#at += 1;
      if (character === ">" && depth === 0) return;
      if (character === ">") depth -= 1;
      else if (character === "<") depth += 1;
      else {
        const end = this.#text.indexOf(character, this.#at);
        if (end < 0) throw new XmlProblem("unexpected EOF");
        this.#at = end + 1;
      }
    }
  }

  #name(what: string): string {
    const taken = this.#take(name);
    if (!wholeName.test(taken)) throw new XmlProblem(`expected ${what}`);
    return taken;
  }

  #has(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  #find(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.index ?? this.#text.length;
  }
}

/** `ns:name` without its prefix; what has more colons than one, or nothing on one side, is whole. */
function localName(raw: string): string {
  const parts = raw.split(":");
  const [prefix = "", local = ""] = parts;
  return parts.length === 2 && prefix !== "" && local !== "" ? local : raw;
}

function declared(what: string, content: string): string {
  const at = content.indexOf(`${what}=`);
  const rest = at < 0 ? "" : content.slice(at + what.length + 1);
  return /^'([^']*)'|^"([^"]*)"/.exec(rest)?.slice(1).find(Boolean) ?? "";
}

function legal(text: string): string {
  if (illegal.test(text)) throw new XmlProblem("illegal character code, or invalid UTF-8");
  return text;
}
