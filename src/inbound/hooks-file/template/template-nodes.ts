/** What a template of Go's `text/template` is made of. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe; readonly offset: number }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipe: Pipe;
      readonly then: readonly TemplateNode[];
      readonly else: readonly TemplateNode[] | null;
      readonly offset: number;
    }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | null; readonly offset: number };

export interface Pipe {
  /** Variables that take its value; `isAssigned` where they are there already. */
  readonly variables: readonly string[];
  readonly isAssigned: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand =
  | BaseOperand
  | { readonly kind: "chain"; readonly of: BaseOperand; readonly fields: readonly string[] };

export type BaseOperand =
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "literal"; readonly value: TemplateValue }
  | { readonly kind: "pipe"; readonly pipe: Pipe };

/** A bigint is an `int`, a number a `float64`; undefined is no value, which is what the data of a hooks file is. */
export type TemplateValue = string | bigint | number | boolean | undefined;

export interface Template {
  readonly nodes: readonly TemplateNode[];
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}
