/** What a file of routes is given, and what a route says about itself beside Fastify's own words. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { TSchema } from "typebox";
import type { App } from "../app.ts";
import type { AllowList } from "../platform/allow-list.ts";
import type { Access, Gate } from "./authenticate.ts";
import type { AsksElsewhere } from "./forwarded-request.ts";
import type { OpenAnswers } from "./open-answers.ts";
import type { PortalSettings } from "./portal-settings.ts";
import type { BodyTimeouts } from "./read-body.ts";

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Which key may ask. */
    access?: Access;
    /** To read here takes something from others: no session does so for a page that does not say whose it is. */
    takes?: boolean;
    /** False for an address that another route's entry in the document speaks for. */
    isDocumented?: boolean;
  }

  interface FastifySchema {
    /** For the document: what the route does, in a few words. */
    summary?: string;
    description?: string;
    /** Bodies that the route reads by itself, by content type; the document shows them. */
    requestContent?: Readonly<Record<string, TSchema>>;
    /** Answers that are not `application/json`, by status and content type. */
    responseContent?: Readonly<Record<number, Readonly<Record<string, TSchema>>>>;
  }
}

export const jsonContentType = "application/json; charset=utf-8";

export interface RouteContext {
  readonly app: App;
  readonly gate: Gate;
  readonly isClosing: () => boolean;
  readonly portal: PortalSettings;
  /** Who is believed about where requests come from. */
  readonly trustedProxies: AllowList;
  /** Whoever begins an answer that may take long adds it. */
  readonly openAnswers: OpenAnswers;
  readonly bodyTimeouts: BodyTimeouts;
  /** Null where no process shares the store. */
  readonly forwarding: AsksElsewhere | null;
}
