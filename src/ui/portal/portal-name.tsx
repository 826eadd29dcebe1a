import type { Session } from "../api/session.ts";

interface PortalNameProps {
  readonly name: string;
  readonly look: Session["brand"];
}

/** The picture and the name of whoever runs the server. */
export function PortalName({ name, look }: PortalNameProps) {
  return (
    <span className="flex min-w-0 items-center gap-2 text-base font-semibold">
      {look?.logo != null && <img src={look.logo} alt="" className="h-7 max-w-32 object-contain" />}
      <span className="truncate">{name}</span>
    </span>
  );
}
