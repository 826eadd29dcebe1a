/** The draft in hand, and what is wrong with it, for the fields of the form. */
import { createContext, type InputHTMLAttributes, type ReactNode, useContext, useEffect, useId, useState } from "react";
import type { Endpoint } from "../../../sdk/wire.ts";
import { SelectField, TextField } from "../../components/field.tsx";
import type { EndpointScope } from "../scope.ts";
import type { Draft } from "./draft.ts";

export interface FormState {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  /** What is wrong with a member, by JSON pointer, or with what is below it. */
  readonly errorOf: (pointer: string) => string | null;
  readonly scope: EndpointScope;
  /** Null: it is a new one. */
  readonly endpoint: Endpoint | null;
}

const FormContext = createContext<FormState | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): FormState {
  const state = useContext(FormContext);
  if (state === null) throw new Error("a field stands outside its form");
  return state;
}

type Written = {
  [K in keyof Draft]: Draft[K] extends string ? (string extends Draft[K] ? K : never) : never;
}[keyof Draft];
type Chosen = {
  [K in keyof Draft]: Draft[K] extends string ? (string extends Draft[K] ? never : K) : never;
}[keyof Draft];

interface DraftFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly name: Written;
  readonly pointer: string;
  readonly label: string;
  readonly hint?: ReactNode;
}

export function DraftField({ name, pointer, ...rest }: DraftFieldProps) {
  const { draft, set, errorOf } = useForm();
  return (
    <TextField
      autoComplete="off"
      {...rest}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.target.value })}
      error={errorOf(pointer)}
    />
  );
}

interface DraftChoiceProps {
  readonly name: Chosen;
  readonly pointer: string;
  readonly label: string;
  readonly hint?: ReactNode;
  /** Values and what they are called. */
  readonly options: readonly (readonly [value: string, title: string])[];
}

export function DraftChoice({ name, pointer, options, ...rest }: DraftChoiceProps) {
  const { draft, set, errorOf } = useForm();
  return (
    <SelectField
      {...rest}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.target.value } as Partial<Draft>)}
      error={errorOf(pointer)}
    >
      {options.map(([value, title]) => (
        <option key={value} value={value}>
          {title}
        </option>
      ))}
    </SelectField>
  );
}

interface SectionProps {
  readonly title: string;
  /** How it stands now, while it is closed. */
  readonly summary: string;
  /** Members that it is about: where one is refused, it opens. */
  readonly pointers: readonly string[];
  readonly children: ReactNode;
}

/** What few need to see. */
export function Section({ title, summary, pointers, children }: SectionProps) {
  const { errorOf } = useForm();
  const isWrong = pointers.some((pointer) => errorOf(pointer) !== null);
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  useEffect(() => {
    if (isWrong) setIsOpen(true);
  }, [isWrong]);
  return (
    <section className="border-t border-line first:border-t-0">
      <h3>
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setIsOpen(!isOpen)}
          className="flex w-full items-center gap-3 px-4 py-3 text-start hover:bg-sunken"
        >
          <span aria-hidden="true" className={`text-muted transition-transform ${isOpen ? "rotate-90" : ""}`}>
            ›
          </span>
          <span className="font-medium">{title}</span>
          <span className="ms-auto min-w-0 truncate text-sm text-muted">{summary}</span>
        </button>
      </h3>
      <div id={id} hidden={!isOpen} className="px-4 pt-1 pb-4">
        <div className="grid gap-4 md:grid-cols-2">{children}</div>
      </div>
    </section>
  );
}
