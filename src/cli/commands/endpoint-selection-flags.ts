/** Which events an endpoint takes, as flags of `trotline endpoints create` and `update`. */
import { type Command, Option } from "commander";
import type { EndpointSettings } from "../../sdk/wire.ts";
import { UsageError } from "../usage-error.ts";

export interface SelectionFlags {
  /** Empty takes the filter away. */
  readonly filter?: string;
  readonly pin?: Readonly<Record<string, string>>;
}

export function addSelectionFlags(command: Command): Command {
  const pin = new Option("--pin <type=version>", "get the type in this version; may be repeated; '' pins none");
  return command
    .addOption(
      new Option("--filter <expression>", "CEL that events must satisfy, such as 'data.amount > 10'; '' is all"),
    )
    .addOption(pin.argParser(gatherPin));
}

export const selectionSettings = ({ filter, pin }: SelectionFlags): EndpointSettings => ({
  ...(filter !== undefined && { filter: filter === "" ? null : filter }),
  ...(pin !== undefined && { versions: pin }),
});

function gatherPin(raw: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  if (raw === "") return {};
  const at = raw.indexOf("=");
  if (at < 1 || at === raw.length - 1) {
    throw new UsageError("--pin takes a type and a version, such as order.paid=2.");
  }
  return { ...before, [raw.slice(0, at)]: raw.slice(at + 1) };
}
