/** The token of the link: behind `#` of the address that was opened, and then kept for the tab alone. */
import { useEffect, useState } from "react";
import { setBearer } from "../api/ask.ts";

const storageKey = "trotline.portal";
/** Of what keys are made of; anything else is a link that came to harm. */
const tokenHash = /^#token=([\w.~+/-]+)$/;

const tokenOfAddress = (): string | null => tokenHash.exec(window.location.hash)?.[1] ?? null;

/** Storage may be refused to a frame of another site: then the token is gone with the page. */
function kept(): string | null {
  try {
    return sessionStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function keep(token: string): void {
  try {
    sessionStorage.setItem(storageKey, token);
  } catch {
    // See above.
  }
}

function found(): string | null {
  const token = tokenOfAddress() ?? kept();
  setBearer(token);
  return token;
}

/** Null where the page was opened without one. Requests are made with it from the first. */
export function usePortalToken(): string | null {
  const [token, setToken] = useState(found);
  useEffect(() => {
    const look = (): void => {
      const opened = tokenOfAddress();
      if (opened === null) return;
      keep(opened);
      // Out of sight, and out of what people copy from the address bar.
      window.history.replaceState(null, "", window.location.pathname + window.location.search);
      setBearer(opened);
      setToken(opened);
    };
    look();
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return token;
}
