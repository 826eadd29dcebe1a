import { useSession } from "./session.ts";

const managing = ["admin", "manage"];

/** Whether who is signed in may make and change things. Where no keys are needed, everything may be done. */
export function useMayManage(): boolean {
  const scopes = useSession().data?.key?.scopes;
  return scopes === undefined || scopes.some((scope) => managing.includes(scope));
}
