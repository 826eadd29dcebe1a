/** What deliveries to an endpoint look like, as flags. */
import { type Command, Option } from "commander";
import { compressions, deliveryMethods, payloadFormats } from "../../core/endpoint-payload.ts";
import { limits } from "../../core/limits.ts";
import type { Compression, DeliveryMethod, EndpointSettings, PayloadFormat } from "../../sdk/wire.ts";
import { choiceFlag } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export interface PayloadFlags {
  readonly method?: DeliveryMethod;
  readonly format?: PayloadFormat;
  readonly compression?: Compression;
  /** An empty text is none. */
  readonly batch?: { readonly max_events: number; readonly max_wait_ms: number } | "";
  readonly transform?: string;
}

export function addPayloadFlags(command: Command): Command {
  const batch = new Option("--batch <events/ms>", "several events in one request, such as 50/500; '' is one by one");
  const transform = new Option("--transform <expression>", "JSONata that makes what is sent as data; '' is none");
  return command
    .addOption(choiceFlag("--method", deliveryMethods, "how it is asked; GET has the event in the query"))
    .addOption(choiceFlag("--format", payloadFormats, "what a delivery carries"))
    .addOption(choiceFlag("--compression", compressions, "of the body"))
    .addOption(batch.argParser(readBatch))
    .addOption(transform.argParser((raw: string) => raw));
}

/** Only what was given. */
export function payloadSettings({ method, format, compression, batch, transform }: PayloadFlags): EndpointSettings {
  return {
    ...(method !== undefined && { method }),
    ...(format !== undefined && { format }),
    ...(compression !== undefined && { compression }),
    ...(batch !== undefined && { batch: batch === "" ? null : batch }),
    ...(transform !== undefined && { transform: transform === "" ? null : transform }),
  };
}

function readBatch(raw: string): NonNullable<PayloadFlags["batch"]> {
  if (raw === "") return "";
  const [, events, waitMs] = /^(\d{1,6})\/(\d{1,6})$/.exec(raw) ?? [];
  if (events === undefined || waitMs === undefined) {
    const most = `at most ${limits.eventsPerRequest}/${limits.batchWaitMsMax}`;
    throw new UsageError(`--batch takes events and milliseconds, such as 50/500, ${most}.`);
  }
  return { max_events: Number(events), max_wait_ms: Number(waitMs) };
}
