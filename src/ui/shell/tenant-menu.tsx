/** Whose things are shown: those that are known to choose from, and any other by its name. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Page, Tenant } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { TextField } from "../components/field.tsx";
import { Menu, MenuItem } from "../components/menu.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "./tenant.tsx";
import { shellTexts } from "./texts.ts";

const askedMax = 1000;
const shownMax = 50;

export function TenantMenu() {
  const t = useTexts(shellTexts);
  const { tenant, canChoose, choose } = useTenant();
  const [looked, setLooked] = useState("");
  const known = useQuery({
    queryKey: ["tenants"],
    queryFn: ({ signal }) => ask<Page<Tenant>>("GET /v1/tenants", { query: { limit: askedMax }, signal }),
    enabled: canChoose,
    staleTime: 30_000,
  });
  if (!canChoose) return <p className="truncate px-2 py-1 text-sm text-muted">{`${t.tenant}: ${tenant}`}</p>;
  const fitting = (known.data?.data ?? []).filter(({ name }) => name.includes(looked.trim()));
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = looked.trim();
    if (name === "") return;
    choose(name);
    setLooked("");
    event.currentTarget.closest("details")?.removeAttribute("open");
  };
  return (
    <Menu title={<TenantTitle tenant={tenant} />} label={t.tenant} align="start">
      <form onSubmit={submit} className="p-1">
        <TextField
          label={t.tenantFind}
          isLabelHidden
          placeholder={t.tenantFind}
          autoComplete="off"
          value={looked}
          onChange={(event) => setLooked(event.target.value)}
        />
      </form>
      <div className="flex max-h-72 flex-col overflow-y-auto">
        {fitting.slice(0, shownMax).map(({ name }) => (
          <MenuItem key={name} isChosen={name === tenant} onClick={() => choose(name)}>
            {name}
          </MenuItem>
        ))}
        {looked.trim() !== "" && !fitting.some(({ name }) => name === looked.trim()) && (
          <MenuItem onClick={() => choose(looked.trim())}>{t.tenantOther(looked.trim())}</MenuItem>
        )}
      </div>
    </Menu>
  );
}

function TenantTitle({ tenant }: { readonly tenant: string }) {
  const t = useTexts(shellTexts);
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2">
      <span aria-hidden="true" className="text-xs text-muted">
        {t.tenant}
      </span>
      <span className="max-w-48 min-w-0 flex-1 truncate md:max-w-24 font-medium">{tenant}</span>
      <span aria-hidden="true" className="text-muted">
        ▾
      </span>
    </span>
  );
}
