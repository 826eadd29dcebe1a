/** In which order an endpoint gets its events, as flags of `trotline endpoints create` and `update`. */
import type { Command } from "commander";
import { exhaustionRules, type OrderSettings, orderings } from "../../core/endpoint-order.ts";
import type { EndpointSettings } from "../../sdk/wire.ts";
import { choiceFlag } from "../flags.ts";

export interface OrderFlags {
  readonly ordering?: OrderSettings["ordering"];
  readonly onExhausted?: OrderSettings["onExhausted"];
}

export const addOrderFlags = (command: Command): Command =>
  command
    .addOption(
      choiceFlag("--ordering", orderings, "one after the other: all with the same subject (key), or all (strict)"),
    )
    .addOption(choiceFlag("--on-exhausted", exhaustionRules, "those behind what used up its retries go on, or wait"));

export const orderSettings = ({ ordering, onExhausted }: OrderFlags): EndpointSettings => ({
  ...(ordering !== undefined && { ordering }),
  ...(onExhausted !== undefined && { on_exhausted: onExhausted }),
});
