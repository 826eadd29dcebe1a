import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";

export type ButtonLook = "plain" | "primary" | "danger" | "quiet";

const looks: Readonly<Record<ButtonLook, string>> = {
  plain: "border border-line-strong bg-surface hover:bg-sunken",
  primary: "border border-transparent bg-accent text-accent-text hover:opacity-90",
  danger: "border border-bad text-bad bg-surface hover:bg-bad-soft",
  quiet: "border border-transparent text-muted hover:bg-sunken hover:text-text",
};
const base =
  "inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md px-3 py-1 text-sm font-medium " +
  "whitespace-nowrap disabled:cursor-not-allowed disabled:opacity-50";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: ButtonLook;
  /** Something is under way: it cannot be pressed again. */
  readonly busy?: boolean;
}

export function Button({ look = "plain", busy = false, disabled, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`${base} ${looks[look]} ${className}`}
    />
  );
}

interface LinkButtonProps {
  readonly to: string;
  readonly look?: ButtonLook;
  readonly children: ReactNode;
}

export function LinkButton({ to, look = "plain", children }: LinkButtonProps) {
  return (
    <Link href={to} className={`${base} ${looks[look]}`}>
      {children}
    </Link>
  );
}
