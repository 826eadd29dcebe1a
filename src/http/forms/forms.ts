/** Which forms of the feed there are: a new one is a line here. The first is for whoever accepts anything. */
import type { App } from "../../app.ts";
import { cloudEventsForm } from "./cloudevents.ts";
import { eventStream } from "./event-stream.ts";
import { defaultStreamTimes } from "./event-stream-loop.ts";
import type { ForeignForm, Form } from "./form.ts";
import { jsonForm } from "./json.ts";
import { ndjson } from "./ndjson.ts";
import { stripeForm } from "./stripe.ts";

export const formsOf = (app: App): readonly Form[] => {
  const times = defaultStreamTimes();
  return [jsonForm(app.clock), eventStream(times), ndjson(times), cloudEventsForm];
};

export const foreignForms: readonly ForeignForm[] = [stripeForm];
