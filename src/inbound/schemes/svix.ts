/** Svix: Standard Webhooks under header names of its own. */
import { declaredPreset } from "./declared.ts";
import { standardSignature } from "./standard-webhooks.ts";

export const svix = declaredPreset({
  name: "svix",
  title: "Svix",
  documentation: "https://docs.svix.com/receiving/verifying-payloads/how-manual",
  secret: "The signing secret of the endpoint in the provider's Svix portal: `whsec_…`.",
  // https://docs.svix.com/retries
  answerDeadlineMs: 15_000,
  custom: standardSignature("svix"),
});
