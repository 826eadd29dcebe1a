import { useSession } from "../api/session.ts";

/** What the key of whoever is signed in may do with events. */
export interface EventRights {
  readonly publish: boolean;
  /** Send again, and see what an endpoint is sent. */
  readonly manage: boolean;
}

export function useEventRights(): EventRights {
  const scopes = useSession().data?.key?.scopes;
  // Where no keys are needed, everything may be done.
  const may = (scope: string): boolean =>
    scopes === undefined || scopes.some((one) => one === "admin" || one === scope);
  return { publish: may("publish"), manage: may("manage") };
}
