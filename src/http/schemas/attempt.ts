import { Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import { limits } from "../../core/limits.ts";
import { pageOf } from "./page.ts";
import { nullable, time } from "./scalars.ts";

const attemptTriggers = ["first", "retry", "probe", "manual", "replay"] as const;

export const attemptSchema = Type.Object(
  {
    id: Type.String(),
    endpoint_id: nullable(Type.String(), "Null where the endpoint was deleted."),
    event_id: nullable(Type.String(), "Null where the event has left the log."),
    event_type: nullable(Type.String(), "Null where the event has left the log."),
    number: Type.Integer({ description: "1 for the first attempt of a delivery." }),
    trigger: Type.Enum([...attemptTriggers], { description: "What made Trotline send." }),
    started_at: time("When it began."),
    duration_ms: Type.Number(),
    delivered: Type.Boolean(),
    status: nullable(
      Type.Integer(),
      "HTTP status of the answer, or exit status of the program; null where there is none.",
    ),
    error_class: nullable(Type.Enum([...errorClasses]), "Null exactly when it delivered."),
    error_detail: nullable(Type.String(), "A sentence for people."),
    response_body: Type.String({
      description:
        `The answer's body, cut at ${limits.responseBodyBytes} bytes, or what a program or handler wrote, cut at ` +
        `${limits.runOutputBytes}; what is not UTF-8 is replaced.`,
    }),
    response_truncated: Type.Boolean(),
  },
  { title: "Attempt", description: "One execution of a delivery." },
);

export type AttemptBody = Type.Static<typeof attemptSchema>;

export const attemptPageSchema = pageOf(attemptSchema);
