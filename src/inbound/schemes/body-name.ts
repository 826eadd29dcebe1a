import { hash } from "node:crypto";
import type { SchemeRequest } from "./scheme.ts";

/**
 * A name for deliveries of providers that give them none, where the body has the time or the id of what happened: then
 * two equal bodies are two attempts. Where it may not (Dropbox says only whose files changed), nothing names them.
 */
export const bodyName = ({ body }: Pick<SchemeRequest, "body">): string =>
  `body-${hash("sha256", body, "hex").slice(0, 32)}`;
