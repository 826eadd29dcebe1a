/** Whose things are shown: chosen in the shell, kept for the tab, and the key's own where it is of one tenant. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { useSession } from "../api/session.ts";

interface TenantChoice {
  /** For `tenant=` of requests. */
  readonly tenant: string;
  /** False where the key is of one tenant. */
  readonly canChoose: boolean;
  readonly choose: (tenant: string) => void;
}

const storageKey = "trotline.tenant";
const defaultTenant = "default";
const TenantContext = createContext<TenantChoice>({ tenant: defaultTenant, canChoose: false, choose: () => {} });
export const useTenant = (): TenantChoice => useContext(TenantContext);

/** Storage may be refused to a frame of another site. */
function stored(): string | null {
  try {
    return sessionStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

export function TenantProvider({ children }: { readonly children: ReactNode }) {
  const bound = useSession().data?.key?.tenant ?? null;
  const [chosen, setChosen] = useState(() => stored() ?? defaultTenant);
  const choose = useCallback((tenant: string) => {
    sessionStorage.setItem(storageKey, tenant);
    setChosen(tenant);
  }, []);
  const value = useMemo(
    () => ({ tenant: bound ?? chosen, canChoose: bound === null, choose }),
    [bound, chosen, choose],
  );
  return <TenantContext value={value}>{children}</TenantContext>;
}
