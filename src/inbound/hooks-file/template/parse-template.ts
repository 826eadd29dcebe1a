/** A template from its tokens: see https://pkg.go.dev/text/template as it was in Go 1.19. */
import { goCharacter, goNumber, goString } from "./go-literal.ts";
import type { BaseOperand, Operand, Pipe, Template, TemplateNode, TemplateValue } from "./template-nodes.ts";
import { type Token, type TokenKind, type TokenProblem, templateTokens } from "./template-tokens.ts";

/** Throws what `problem` makes. `functions` are the names that may be called. */
export function parseTemplate(text: string, functions: ReadonlySet<string>, problem: TokenProblem): Template {
  return new Parser(templateTokens(text, problem), functions, problem).template();
}

const depthMax = 200;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  readonly #problem: TokenProblem;
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #at = 0;
  #depth = 0;
  #rangeDepth = 0;
  #variables: string[] = ["$"];

  constructor(...[tokens, functions, problem]: [readonly Token[], ReadonlySet<string>, TokenProblem]) {
    this.#tokens = tokens;
    this.#functions = functions;
    this.#problem = problem;
  }

  template(): Template {
    const { nodes, ended } = this.#list(true);
    if (ended !== "eof") throw this.#fail(`unexpected {{${ended}}}`);
    return { nodes, defined: this.#defined };
  }

  /** Up to `{{end}}`, `{{else}}` or the end of the text. */
  #list(isTop: boolean): { nodes: TemplateNode[]; ended: "end" | "else" | "eof" } {
    if (++this.#depth > depthMax) throw this.#fail("too deeply nested");
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === "end") {
        this.#depth -= 1;
        return { nodes, ended: "eof" };
      }
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text });
        continue;
      }
      this.#space();
      const word = this.#peek().kind === "word" ? this.#peek().text : "";
      if (word === "end" || word === "else") {
        this.#at += 1;
        this.#depth -= 1;
        if (word === "end") this.#expect("right");
        return { nodes, ended: word };
      }
      if (word === "define" && isTop) this.#define();
      else nodes.push(this.#action(word, token.offset));
    }
  }

  #action(word: string, offset: number): TemplateNode {
    if (word === "if" || word === "with" || word === "range") {
      this.#at += 1;
      return this.#control(word, offset);
    }
    if (word === "template" || word === "block") {
      this.#at += 1;
      return this.#call(word, offset);
    }
    if ((word === "break" || word === "continue") && this.#rangeDepth > 0) {
      this.#at += 1;
      this.#expect("right");
      return { kind: "text", text: "" }; // Without data no loop is ever run.
    }
    if (word === "define" || word === "break" || word === "continue") throw this.#fail(`unexpected {{${word}}}`);
    const pipe = this.#pipe("right", true);
    return { kind: "action", pipe, offset };
  }

  #control(kind: "if" | "with" | "range", offset: number): TemplateNode {
    const known = this.#variables.length;
    const pipe = this.#pipe("right", kind === "range");
    if (kind === "range") this.#rangeDepth += 1;
    const { nodes: then, ended } = this.#list(false);
    if (kind === "range") this.#rangeDepth -= 1;
    let other: readonly TemplateNode[] | null = null;
    if (ended === "else") {
      this.#space();
      if (kind === "if" && this.#peek().text === "if" && this.#peek().kind === "word") {
        this.#at += 1;
        other = [this.#control("if", this.#peek().offset)];
      } else {
        this.#expect("right");
        const rest = this.#list(false);
        if (rest.ended !== "end") throw this.#fail("expected {{end}}");
        other = rest.nodes;
      }
    } else if (ended === "eof") throw this.#fail("unexpected EOF");
    this.#variables.length = known;
    return { kind, pipe, then, else: other, offset };
  }

  #call(word: "template" | "block", offset: number): TemplateNode {
    const name = this.#name();
    const isClosed = word === "template" && this.#closes();
    const pipe = isClosed ? null : this.#pipe("right", false);
    if (word === "block") this.#body(name);
    return { kind: "template", name, pipe, offset };
  }

  #define(): void {
    this.#at += 1;
    const name = this.#name();
    this.#expect("right");
    this.#body(name);
  }

  #body(name: string): void {
    const outer = this.#variables;
    this.#variables = ["$"];
    const { nodes, ended } = this.#list(false);
    if (ended !== "end") throw this.#fail(`unexpected end of ${JSON.stringify(name)}`);
    this.#variables = outer;
    // An empty one does not take the place of one that says something.
    const isEmpty = nodes.every((node) => node.kind === "text" && node.text.trim() === "");
    const before = this.#defined.get(name);
    if (before === undefined || !isEmpty) this.#defined.set(name, nodes);
  }

  #name(): string {
    this.#space();
    const token = this.#next();
    const name = token.kind === "string" ? goString(token.text) : token.kind === "raw" ? token.text.slice(1, -1) : null;
    if (name === null) throw this.#fail("a template's name is expected");
    this.#space();
    return name;
  }

  #closes(): boolean {
    if (this.#peek().kind !== "right") return false;
    this.#at += 1;
    return true;
  }

  #pipe(end: "right" | ")", takesTwo: boolean): Pipe {
    if (++this.#depth > depthMax) throw this.#fail("too deeply nested");
    const { variables, isAssigned } = this.#declarations(takesTwo);
    const commands: (readonly Operand[])[] = [];
    for (;;) {
      commands.push(this.#command());
      const token = this.#next();
      if (token.kind === end || token.text === end) break;
      if (token.text !== "|") throw this.#fail(`unexpected ${JSON.stringify(token.text)}`);
    }
    for (const [first] of commands.slice(1)) {
      if (first?.kind === "literal" || first?.kind === "dot" || first?.kind === "nil") {
        throw this.#fail("non executable command in pipeline");
      }
    }
    this.#depth -= 1;
    return { variables, isAssigned, commands };
  }

  #declarations(takesTwo: boolean): { variables: readonly string[]; isAssigned: boolean } {
    const start = this.#at;
    this.#space();
    const variables: string[] = [];
    while (this.#peek().kind === "variable") {
      variables.push(this.#next().text);
      this.#space();
      const sign = this.#next().text;
      if (sign === ":=" || sign === "=") {
        this.#variables.push(...variables); // Whether they are there is seen when it is run.
        return { variables, isAssigned: sign === "=" };
      }
      if (sign !== "," || !takesTwo || variables.length > 1) break;
      this.#space();
    }
    this.#at = start;
    return { variables: [], isAssigned: false };
  }

  #command(): readonly Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      this.#space();
      const operand = this.#operand();
      if (operand === null) break;
      operands.push(operand);
      if (this.#peek().kind !== "space") break;
    }
    if (operands.length === 0) throw this.#fail("missing value for command");
    return operands;
  }

  #operand(): Operand | null {
    const of = this.#base();
    if (of === null) return null;
    const fields: string[] = [];
    while (this.#peek().kind === "field") fields.push(this.#next().text.slice(1));
    if (fields.length === 0) return of;
    if (of.kind === "literal" || of.kind === "nil" || of.kind === "dot") throw this.#fail("unexpected . after term");
    return { kind: "chain", of, fields };
  }

  #base(): BaseOperand | null {
    const token = this.#peek();
    const literal = literalOf(token);
    if (literal === null) throw this.#fail(`bad literal ${token.text}`);
    const known = this.#known.bind(this);
    const make = (): BaseOperand | null => {
      if (literal !== undefined) return { kind: "literal", value: literal };
      if (token.kind === "dot") return { kind: "dot" };
      if (token.kind === "field") return { kind: "field", name: token.text.slice(1) };
      if (token.kind === "variable") return { kind: "variable", name: known(token.text) };
      if (token.kind !== "word") return null;
      if (token.text === "nil") return { kind: "nil" };
      if (!this.#functions.has(token.text)) throw this.#fail(`function ${JSON.stringify(token.text)} not defined`);
      return { kind: "function", name: token.text };
    };
    if (token.text === "(" && token.kind === "sign") {
      this.#at += 1;
      return { kind: "pipe", pipe: this.#pipe(")", false) };
    }
    const operand = make();
    if (operand !== null) this.#at += 1;
    return operand;
  }

  #known(name: string): string {
    if (!this.#variables.includes(name)) throw this.#fail(`undefined variable ${JSON.stringify(name)}`);
    return name;
  }

  #space(): void {
    if (this.#peek().kind === "space") this.#at += 1;
  }

  #expect(kind: TokenKind): void {
    this.#space();
    if (this.#next().kind !== kind) throw this.#fail("unexpected token");
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", offset: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #fail(message: string): Error {
    return this.#problem(message, this.#peek().offset);
  }
}

/** Undefined where the token is no literal, null where it is a bad one. */
function literalOf(token: Token): Exclude<TemplateValue, undefined> | null | undefined {
  if (token.kind === "string") return goString(token.text);
  if (token.kind === "raw") return token.text.slice(1, -1).replaceAll("\r", "");
  if (token.kind === "character") return goCharacter(token.text);
  if (token.kind === "number") return goNumber(token.text) ?? null;
  if (token.kind === "word" && (token.text === "true" || token.text === "false")) return token.text === "true";
  return undefined;
}
