/** `GET /v1/events` as clients of Stripe's API ask for it: a list, newest first, that is paged by the ids of events. */
import { makeSelection } from "../../feed/selection.ts";
import { jsonContentType } from "../http-server.ts";
import { untakenAnswers } from "../untaken-answers.ts";
import type { ForeignForm, FormRequest } from "./form.ts";
import { stripeHeaders } from "./stripe-error.ts";
import { refuseAccount, stripeEvent } from "./stripe-event.ts";
import { StripePage } from "./stripe-page.ts";
import { readStripeQuery } from "./stripe-query.ts";

const comma = Buffer.from(",");
const end = Buffer.from("]}");

export const stripeForm: ForeignForm = {
  header: "stripe-version",
  answer: answerStripeList,
  // The server's own handler knows the header, whatever the address.
  answerError: (error, _request, reply) => void reply.send(error),
};

async function answerStripeList(request: FormRequest): Promise<void> {
  const { raw } = request;
  refuseAccount(raw);
  const query = readStripeQuery(raw.url ?? "");
  const selection = makeSelection({ tenant: request.ownTenant, types: query.types, subject: null, filter: null });
  const { entries, hasMore } = await new StripePage(request, selection, query).read();
  const data = entries.flatMap(({ event, pending }, index) => {
    const text = stripeEvent(event, pending);
    return index === 0 ? [text] : [comma, text];
  });
  const head = Buffer.from(`{"object":"list","url":"/v1/events","has_more":${hasMore},"data":[`);
  const body = Buffer.concat([head, ...data, end]);
  const headers = { ...stripeHeaders(raw), "content-type": jsonContentType, "cache-control": "no-store" };
  const response = request.takeOver();
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
  untakenAnswers.add(response, body);
}
