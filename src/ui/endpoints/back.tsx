import { Link } from "wouter";

/** The way back. */
export function Back({ to, children }: { readonly to: string; readonly children: string }) {
  return (
    <Link href={to} className="w-fit text-sm text-muted hover:text-text">
      <span aria-hidden="true">← </span>
      {children}
    </Link>
  );
}
