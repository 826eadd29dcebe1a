/** Fields of forms: each has its label, perhaps a hint, and what is wrong with it. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";

const control =
  "min-h-9 w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-text placeholder:text-muted " +
  "disabled:opacity-60 aria-invalid:border-bad";

interface Described {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  /** The label is there for those who listen alone. */
  readonly isLabelHidden?: boolean;
}

interface FrameProps extends Described {
  readonly id: string;
  readonly children: ReactNode;
}

function Frame({ id, label, hint, error, isLabelHidden, children }: FrameProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={isLabelHidden ? "sr-only" : "text-sm font-medium"}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
      {error !== undefined && error !== null && (
        <p id={`${id}-error`} role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

const described = (id: string, { hint, error }: Described) => ({
  id,
  "aria-invalid": error !== undefined && error !== null,
  "aria-describedby":
    [hint !== undefined && `${id}-hint`, error !== undefined && error !== null && `${id}-error`]
      .filter(Boolean)
      .join(" ") || undefined,
});

export function TextField({
  label,
  hint,
  error,
  isLabelHidden,
  className = "",
  ...rest
}: Described & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const about = { label, hint, error: error ?? null, isLabelHidden: isLabelHidden ?? false };
  return (
    <Frame id={id} {...about}>
      <input {...rest} {...described(id, about)} className={`${control} ${className}`} />
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  isLabelHidden,
  className = "",
  ...rest
}: Described & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const about = { label, hint, error: error ?? null, isLabelHidden: isLabelHidden ?? false };
  return (
    <Frame id={id} {...about}>
      <textarea
        spellCheck={false}
        {...rest}
        {...described(id, about)}
        className={`${control} font-mono text-[13px] ${className}`}
      />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  isLabelHidden,
  children,
  className = "",
  ...rest
}: Described & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const about = { label, hint, error: error ?? null, isLabelHidden: isLabelHidden ?? false };
  return (
    <Frame id={id} {...about}>
      <select {...rest} {...described(id, about)} className={`${control} ${className}`}>
        {children}
      </select>
    </Frame>
  );
}

export function Checkbox({
  label,
  hint,
  ...rest
}: { readonly label: ReactNode; readonly hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="flex items-start gap-2">
      <input type="checkbox" {...rest} className="mt-1 size-4 shrink-0 accent-accent" />
      <span className="min-w-0">
        {label}
        {hint !== undefined && <span className="block text-xs text-muted">{hint}</span>}
      </span>
    </label>
  );
}
