/** In which order: the JSON of these settings, and what stands for it in the code. */
import { Type } from "typebox";
import { exhaustionRules, type OrderSettings, orderDefaults, orderings } from "../../core/endpoint-order.ts";
import type { Facet } from "./facet.ts";

const ordering = Type.Enum([...orderings], {
  default: orderDefaults.ordering,
  description:
    "`none`: deliveries go as they come, several at once. `key`: those with the same subject one after the other, in " +
    "the order of the log; those without a subject as they come. `strict`: all, one after the other.",
});
const onExhausted = Type.Enum([...exhaustionRules], {
  default: orderDefaults.onExhausted,
  description:
    "What becomes of those behind a delivery that used up its retries, where they are ordered. `park`: they go on. " +
    "`block`: they wait until it is sent or skipped by hand, or the endpoint recovers from an outage.",
});

interface Body {
  readonly ordering?: OrderSettings["ordering"];
  readonly on_exhausted?: OrderSettings["onExhausted"];
}

export const orderFacet = {
  request: { ordering: Type.Optional(ordering), on_exhausted: Type.Optional(onExhausted) },
  response: { ordering, on_exhausted: onExhausted },
  input: (body: Body): Partial<OrderSettings> => ({
    ...(body.ordering !== undefined && { ordering: body.ordering }),
    ...(body.on_exhausted !== undefined && { onExhausted: body.on_exhausted }),
  }),
  wire: (settings: OrderSettings) => ({ ordering: settings.ordering, on_exhausted: settings.onExhausted }),
} satisfies Facet<OrderSettings>;
