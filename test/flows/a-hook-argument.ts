import type { HookArgument } from "../../src/inbound/hooks-file/hook.ts";

/** A value of a request that a hook takes. */
export const aHookArgument = (source: string, name: string): HookArgument => ({
  source,
  name,
  envName: "",
  base64Decode: false,
  headersToAddToSignaturePayload: [],
});
