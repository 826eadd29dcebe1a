/** `GET /v1/events`: finds the form that the request asks for, and gives it a reader with a place. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { isPortalLink } from "../../core/key.ts";
import { makeSelection } from "../../feed/selection.ts";
import { acceptedMediaType } from "../accept.ts";
import type { ForeignForm, Form, FormRequest } from "../forms/form.ts";
import { foreignForms, formsOf } from "../forms/forms.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import { isPipelined, turnOf } from "../pipelined.ts";
import { type FeedQuery, feedContent, feedQuerySchema, selectionParameters } from "../schemas/feed.ts";
import { tenantFor } from "../tenancy.ts";
import { readTime } from "../wire-time.ts";

const description =
  "From a place in the log on, a page at a time; `next_cursor` is the next `after`. A page with `has_more` whose " +
  "`after` is a cursor or the id of an event never changes, and may be kept. With `wait`, an empty answer is held until " +
  "an event comes. Who asks for the same again and again without waiting is answered after up to a second, with " +
  "`trotline-slowed-ms`. Other forms are chosen by `Accept`; with the header `Stripe-Version`, the answer, its " +
  "parameters and its errors are those of Stripe's list of events.";

export function feedRoutes(server: HttpServer, { app, isClosing, openAnswers }: RouteContext): void {
  const forms = formsOf(app);

  // Whoever waits is answered, so that nobody has to be waited for. A server that only lists its routes leaves them be.
  server.addHook("preClose", (done) => {
    if (server.server.listening) app.feed.close();
    done();
  });

  server.route({
    method: "GET",
    url: "/v1/events",
    config: { access: "read" },
    attachValidation: true, // What the parameters are depends on the form.
    schema: {
      summary: "Events, from a place in the log on",
      description,
      querystring: feedQuerySchema,
      responseContent: { 200: feedContent },
    },
    errorHandler: (error, request, reply) => {
      const form = foreignFormOf(request);
      if (form === undefined) throw error;
      form.answerError(error, request, reply);
    },
    handler: (request, reply) => {
      answer(request as FastifyRequest, reply as unknown as FastifyReply).catch((error: unknown) => {
        if (reply.sent) reply.raw.destroy();
        else reply.send(error);
      });
    },
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (isPipelined(reply.raw)) await turnOf(request.raw, reply.raw);
    openAnswers.add(request, reply);
    const asked: FormRequest = {
      app,
      isClosing,
      keyId: request.keyId,
      ownTenant: tenantFor(request, undefined),
      raw: request.raw,
      isGone: () => request.raw.socket.destroyed,
      takeOver: () => {
        reply.hijack();
        return reply.raw;
      },
    };
    const foreign = foreignFormOf(request);
    if (foreign !== undefined) return foreign.answer(asked);
    const form = formOf(request, forms);
    if (request.validationError !== undefined) throw request.validationError;
    const query = request.query as FeedQuery;
    checkParameters(query, form, forms);
    if (query.include !== undefined && request.key !== null && isPortalLink(request.key)) {
      throw new TrotlineError("forbidden", "A link to the portal shows events, and not the requests they came in.");
    }
    const { tenant = defaultTenant, types, subject = null, filter = null, text = null } = query;
    const { events } = app.store;
    const [sinceMs, untilMs] = [timeIn(query, "since"), timeIn(query, "until")];
    const selection = makeSelection({
      tenant,
      types: types?.split(",") ?? [],
      subject,
      filter,
      text,
      sinceMs,
      untilMs,
    });
    const place = form.place(query, request.raw.headers);
    const after = await positionOf(place, { events, tenant });
    // What is before it need not be looked at, or is where reading back ends.
    const before = sinceMs === null ? 0 : await events.positionBefore(sinceMs);
    if (query.order === "desc") {
      const last = untilMs === null ? Number.POSITIVE_INFINITY : await events.positionBefore(untilMs);
      return form.answer({ ...asked, query, selection, place, after, range: { first: before + 1, last } });
    }
    return form.answer({ ...asked, query, selection, place, after: Math.max(after, before) });
  }
}

const foreignFormOf = ({ raw }: FastifyRequest): ForeignForm | undefined =>
  foreignForms.find(({ header }) => raw.headers[header] !== undefined);

function formOf({ raw }: FastifyRequest, forms: readonly Form[]): Form {
  const mediaTypes = forms.map(({ mediaType }) => mediaType);
  const accepted = acceptedMediaType(raw.headers, mediaTypes);
  const form = forms.find(({ mediaType }) => mediaType === accepted);
  if (form !== undefined) return form;
  const shown = String(raw.headers.accept).slice(0, 200);
  throw new TrotlineError("not-acceptable", `\`${shown}\` names none of ${mediaTypes.join(", ")}.`);
}

function timeIn(query: FeedQuery, field: "since" | "until"): number | null {
  const text = query[field];
  const timeMs = text === undefined ? null : readTime(text);
  if (timeMs !== null || text === undefined) return timeMs;
  const detail = `The parameter \`${field}\` is a time of RFC 3339, such as 2026-01-31T12:00:00Z.`;
  throw new TrotlineError("invalid-query", detail, { field });
}

/** A parameter that a form does not take is a mistake: it would be silently without effect. */
function checkParameters(query: FeedQuery, form: Form, forms: readonly Form[]): void {
  const names = Object.keys(query) as (keyof FeedQuery)[];
  const field = names.find((name) => !(name in selectionParameters) && !form.parameters.includes(name));
  if (field !== undefined) {
    const others = forms.filter(({ parameters }) => parameters.includes(field)).map(({ mediaType }) => mediaType);
    const detail = `The parameter \`${field}\` is for ${others.join(", ")}, not for ${form.mediaType}.`;
    throw new TrotlineError("invalid-query", detail, { field });
  }
  if (query.order === "desc" && query.wait !== undefined && query.wait > 0) {
    throw new TrotlineError("invalid-query", "The newest first, there is nothing to `wait` for.", { field: "wait" });
  }
}
