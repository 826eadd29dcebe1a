/** `-template`: a hooks file that is a template of Go's first, run without data. */
import type { Place } from "../yaml/file-node.ts";
import { goPrint } from "./go-print.ts";
import { parseTemplate } from "./parse-template.ts";
import { callFunction, functionNames, isTrue } from "./template-functions.ts";
import type { BaseOperand, Operand, Pipe, Template, TemplateNode, TemplateValue } from "./template-nodes.ts";
import { TemplateProblem } from "./template-problem.ts";

const depthMax = 500;
const outputLengthMax = 16 * 1024 * 1024;

/** Throws `TemplateProblem`. */
export function expandTemplate(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  const problem = (message: string, offset: number): TemplateProblem =>
    new TemplateProblem(`template: ${message}`, placeAt(text, offset));
  return new Runner(parseTemplate(text, functionNames, problem), environment, problem).run();
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

interface Scope {
  readonly dot: TemplateValue;
  readonly variables: { readonly name: string; value: TemplateValue }[];
  readonly depth: number;
}

type Problem = (message: string, offset: number) => TemplateProblem;

class Runner {
  readonly #template: Template;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #problem: Problem;
  readonly #written: string[] = [];
  #length = 0;
  #offset = 0;

  constructor(...[template, environment, problem]: [Template, Readonly<Record<string, string | undefined>>, Problem]) {
    this.#template = template;
    this.#environment = environment;
    this.#problem = problem;
  }

  run(): string {
    this.#nodes(this.#template.nodes, newScope(undefined, 0));
    return this.#written.join("");
  }

  #nodes(nodes: readonly TemplateNode[], scope: Scope): void {
    for (const node of nodes) this.#node(node, scope);
  }

  #node(node: TemplateNode, scope: Scope): void {
    if (node.kind === "text") {
      this.#write(node.text);
      return;
    }
    this.#offset = node.offset;
    if (node.kind === "action") {
      const value = this.#pipe(node.pipe, scope);
      if (node.pipe.variables.length === 0) this.#write(value === undefined ? "<no value>" : goPrint([value]));
      return;
    }
    if (node.kind === "template") {
      const nodes = this.#template.defined.get(node.name);
      if (nodes === undefined) throw this.#fail(`template ${JSON.stringify(node.name)} not defined`);
      if (scope.depth >= depthMax) throw this.#fail("exceeded maximum template depth");
      const dot = node.pipe === null ? undefined : this.#pipe(node.pipe, scope);
      this.#nodes(nodes, newScope(dot, scope.depth + 1));
      return;
    }
    const known = scope.variables.length;
    const value = this.#pipe(node.pipe, scope);
    if (node.kind === "range" && value !== undefined) throw this.#fail("range can't iterate over it");
    if (node.kind !== "range" && isTrue(value)) {
      this.#nodes(node.then, node.kind === "with" ? { ...scope, dot: value } : scope);
    } else if (node.else !== null) this.#nodes(node.else, scope);
    scope.variables.length = known;
  }

  #pipe(pipe: Pipe, scope: Scope): TemplateValue {
    let value: TemplateValue;
    for (const [index, command] of pipe.commands.entries()) {
      value = this.#command(command, scope, index === 0 ? [] : [value]);
    }
    for (const name of pipe.variables) {
      if (!pipe.isAssigned) scope.variables.push({ name, value });
      else {
        this.#variable(name, scope).value = value;
      }
    }
    return value;
  }

  #command(...[operands, scope, piped]: [readonly Operand[], Scope, readonly TemplateValue[]]): TemplateValue {
    const [first, ...rest] = operands;
    if (first === undefined || first.kind === "nil") throw this.#fail("nil is not a command");
    if (first.kind !== "function") {
      const takesAny = first.kind === "field" || first.kind === "chain"; // Of what is not there, nothing is asked.
      if (!takesAny && (rest.length > 0 || piped.length > 0)) throw this.#fail("can't give argument to non-function");
      return this.#value(first, scope);
    }
    if (first.name === "and" || first.name === "or") {
      // The others are not evaluated once one decides.
      const all = [...rest.map((operand) => () => this.#value(operand, scope)), ...piped.map((value) => () => value)];
      if (all.length === 0) throw this.#fail(`wrong number of args for ${first.name}`);
      let value: TemplateValue;
      for (const evaluate of all) {
        value = evaluate();
        if (isTrue(value) === (first.name === "or")) break;
      }
      return value;
    }
    const values = [...rest.map((operand) => this.#value(operand, scope)), ...piped];
    const result = callFunction(first.name, values, this.#environment);
    if (!result.ok) throw this.#fail(`error calling ${first.name}: ${result.message}`);
    return result.value;
  }

  #value(operand: Operand, scope: Scope): TemplateValue {
    if (operand.kind !== "chain") return this.#base(operand, scope);
    return this.#noField(this.#base(operand.of, scope), operand.fields[0] ?? "");
  }

  #base(operand: BaseOperand, scope: Scope): TemplateValue {
    switch (operand.kind) {
      case "dot":
        return scope.dot;
      case "field":
        return this.#noField(scope.dot, operand.name);
      case "literal":
        return operand.value;
      case "nil":
        return undefined;
      case "variable":
        return this.#variable(operand.name, scope).value;
      case "pipe":
        return this.#pipe(operand.pipe, { ...scope });
      case "function":
        return this.#command([operand], scope, []);
    }
  }

  #variable(name: string, scope: Scope): { value: TemplateValue } {
    const variable = scope.variables.findLast((known) => known.name === name);
    if (variable === undefined) throw this.#fail(`undefined variable: ${name}`);
    return variable;
  }

  /** Nothing that a template of hooks can have has fields, but for what is not there at all. */
  #noField(value: TemplateValue, name: string): TemplateValue {
    if (value === undefined) return undefined;
    throw this.#fail(`can't evaluate field ${name}`);
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > outputLengthMax) throw this.#fail("what it writes is too long");
    this.#written.push(text);
  }

  #fail(message: string): TemplateProblem {
    return this.#problem(message, this.#offset);
  }
}

const newScope = (dot: TemplateValue, depth: number): Scope => ({ dot, depth, variables: [{ name: "$", value: dot }] });
