/** The HTTP server: wiring of routes, what holds for all of them, start and stop. */

import type { AddressInfo, Socket } from "node:net";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyError, type FastifyRequest, type RouteOptions } from "fastify";
import type { App } from "../app.ts";
import { TrotlineError } from "../core/errors.ts";
import { parseAllowList } from "../platform/allow-list.ts";
import { type Admission, accessHook, type Gate } from "./authenticate.ts";
import { placeDirectPublish } from "./direct-publish.ts";
import { Forwarding } from "./forwarding.ts";
import { httpLimits } from "./http-limits.ts";
import type { HttpServer, RouteContext } from "./http-server.ts";
import { admissionAfterLook, lastLook } from "./last-look.ts";
import { listenError, refuseUnauthenticatedBind } from "./listen-address.ts";
import { answerMalformed } from "./malformed.ts";
import { OpenAnswers } from "./open-answers.ts";
import type { DocumentedRoute } from "./openapi.ts";
import { isOfPortal } from "./portal-access.ts";
import { type PortalSettings, portalFrameAncestors } from "./portal-settings.ts";
import { problemMaker, problemSender } from "./problem.ts";
import { type BodyTimeouts, defaultBodyTimeouts, takeBodies } from "./read-body.ts";
import { roleRefusal } from "./roles.ts";
import { attemptRoutes } from "./routes/attempts.ts";
import { binRoutes } from "./routes/bins.ts";
import { clusterRoutes } from "./routes/cluster.ts";
import { consumerRoutes } from "./routes/consumers.ts";
import { deliveryActionRoutes } from "./routes/delivery-actions.ts";
import { diagnosisRoutes } from "./routes/diagnosis.ts";
import { endpointActionRoutes } from "./routes/endpoint-actions.ts";
import { endpointOutputRoutes } from "./routes/endpoint-output.ts";
import { endpointTestRoutes } from "./routes/endpoint-test.ts";
import { endpointRoutes } from "./routes/endpoints.ts";
import { eventRequestRoutes } from "./routes/event-request.ts";
import { eventTypeRoutes } from "./routes/event-types.ts";
import { eventRoutes } from "./routes/events.ts";
import { feedRoutes } from "./routes/feed.ts";
import { filterRoutes } from "./routes/filters.ts";
import { healthRoutes } from "./routes/health.ts";
import { inboundRoutes } from "./routes/inbound.ts";
import { jwksRoutes } from "./routes/jwks.ts";
import { keyRoutes } from "./routes/keys.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { openApiRoutes } from "./routes/openapi.ts";
import { portalLinkRoutes } from "./routes/portal-links.ts";
import { receiptRoutes } from "./routes/receipts.ts";
import { recoveryRoutes } from "./routes/recoveries.ts";
import { replayRoutes } from "./routes/replays.ts";
import { schemeRoutes } from "./routes/schemes.ts";
import { secretRoutes } from "./routes/secrets.ts";
import { sessionRoutes } from "./routes/session.ts";
import { sourceSecretRoutes } from "./routes/source-secrets.ts";
import { sourceRoutes } from "./routes/sources.ts";
import { statisticsRoutes } from "./routes/statistics.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { transformRoutes } from "./routes/transforms.ts";
import { uiRoutes } from "./routes/ui.ts";
import { tenantHook, tenantRule } from "./tenancy.ts";
import { lazyValidation, type Validation } from "./validate.ts";

export interface ServerOptions extends PortalSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** `none` makes everyone admin, and is taken only on loopback. */
  readonly auth: "keys" | "none";
  /** How long requests may take to end when the server closes. */
  readonly shutdownGraceMs: number;
  readonly bodyTimeouts?: BodyTimeouts;
  /** Whose word counts for who signs in. */
  readonly trustedProxies?: readonly string[];
}

export interface RunningServer {
  readonly url: string;
  /** Every route, for whoever checks or documents them. */
  readonly routes: readonly DocumentedRoute[];
  /** Accepts nothing new, answers what is running, and ends. */
  close(): Promise<void>;
}

/** How often connections that have become idle are dropped while the server closes. */
const closingSweepMs = 20;

/** Refuses with `bind-unauthenticated`, `port-taken` and `address-unavailable`. */
export async function startServer(app: App, options: ServerOptions): Promise<RunningServer> {
  refuseUnauthenticatedBind(options);
  let isClosing = false;
  const gate: Gate = {
    auth: options.auth,
    authenticate: (key) => app.registry.authenticate(key),
    publicUrl: app.publicUrl,
    isClosing: () => isClosing,
  };
  const { server, routes, forwarding } = buildServer(app, gate, options);
  const silent = silentConnections(server);
  try {
    await server.listen({ host: options.host, port: options.port });
  } catch (error) {
    await server.close();
    throw listenError(error, options);
  }
  forwarding?.start(server);
  const close = async (): Promise<void> => {
    isClosing = true;
    // An answer that was begun before cannot say `connection: close` any more, so its connection is dropped when idle.
    const sweep = setInterval(() => server.server.closeIdleConnections(), closingSweepMs);
    for (const socket of silent) socket.destroy();
    const force = setTimeout(() => server.server.closeAllConnections(), options.shutdownGraceMs);
    await Promise.all([forwarding?.close(options.shutdownGraceMs), server.close()]);
    clearInterval(sweep);
    clearTimeout(force);
  };
  return { url: urlOf(server), routes, close };
}

/** Connections that have not asked anything yet. Node does not count them as idle, and a stop would wait for them. */
function silentConnections({ server }: HttpServer): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  function forget(this: Socket): void {
    silent.delete(this);
  }
  server.on("connection", (socket) => {
    silent.add(socket);
    socket.once("close", forget);
  });
  server.on("request", ({ socket }) => {
    if (silent.delete(socket)) socket.off("close", forget);
  });
  return silent;
}

/** The routes, without a server that listens. */
export async function listRoutes(app: App): Promise<readonly DocumentedRoute[]> {
  const { publicUrl } = app;
  const gate: Gate = { auth: "keys", authenticate: () => null, publicUrl, isClosing: () => false };
  const { server, routes } = buildServer(app, gate, {});
  await server.ready();
  await server.close();
  return routes;
}

function buildServer(
  app: App,
  gate: Gate,
  settings: Pick<ServerOptions, "bodyTimeouts" | "trustedProxies"> & PortalSettings,
): { server: HttpServer; routes: DocumentedRoute[]; forwarding: Forwarding | null } {
  const { bodyTimeouts = defaultBodyTimeouts, trustedProxies = [] } = settings;
  const makeProblem = problemMaker(app);
  const sendProblem = problemSender(makeProblem);
  const validation = lazyValidation();
  const server = fastify({
    logger: false,
    exposeHeadRoutes: true,
    forceCloseConnections: "idle",
    return503OnClosing: false, // The access hook answers, with a problem that programs can read.
    keepAliveTimeout: httpLimits.keepAliveMs,
    bodyLimit: Number.MAX_SAFE_INTEGER, // `takeBodies` holds the limits.
    requestIdHeader: false,
    genReqId: () => "", // Made when there is a problem to tell; counting every request buys nothing.
    http: { maxHeaderSize: httpLimits.headerBytes, headersTimeout: httpLimits.headersTimeoutMs, requestTimeout: 0 },
    routerOptions: { maxParamLength: httpLimits.pathParameterLength },
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, request, reply) => sendProblem(error, request as never, reply as never),
    schemaController: {
      // Named here, so that the validators and serializers that Fastify brings are not even loaded.
      compilersFactory: {
        buildValidator: () => validation.compiler as never,
        buildSerializer: () => () => JSON.stringify,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.server.maxConnections = httpLimits.connections;
  server.decorateRequest("keyId", "");
  server.decorateRequest("key", null);
  server.decorateRequest("forwarded", null);
  server.decorateRequest("received", null);
  const { requests } = app.store;
  const forwarding = requests === undefined ? null : new Forwarding(app, gate, requests);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const failed = (cause: unknown): void => sendProblem(cause, request, reply);
    if (!forwarding?.takes(error, { request, reply, failed })) failed(error);
  });
  const routes = guardRoutes(server, { app, gate, validation, forwarding });
  const openAnswers = new OpenAnswers(app.registry.keys, app.publicUrl);
  addRoutes(server, routes, {
    ...{ app, gate, isClosing: gate.isClosing, openAnswers, bodyTimeouts, forwarding },
    portal: settings,
    trustedProxies: parseAllowList(trustedProxies),
  });
  server.setNotFoundHandler((request) => {
    throw notFound(request, routes, app);
  });
  const { publisher, process } = app;
  if (process.roles.includes("api")) {
    placeDirectPublish(server.server, { gate, publisher, bodyTimeoutMs: bodyTimeouts.wholeMs, makeProblem });
  }
  return { server, routes, forwarding };
}

interface Guards {
  readonly app: App;
  readonly gate: Gate;
  readonly validation: Validation;
  readonly forwarding: Forwarding | null;
}

/** Gives every route the hook for its access, and keeps a list of them. A route that names no access does not start. */
function guardRoutes(server: HttpServer, { app, gate, validation, forwarding }: Guards): DocumentedRoute[] {
  const routes: DocumentedRoute[] = [];
  const look = app.store.changes === undefined ? null : lastLook(app);
  server.addHook("onRoute", (route: RouteOptions) => {
    const access = route.config?.access;
    if (access === undefined) throw new Error(`the route ${route.method} ${route.url} names no access`);
    const refusal = roleRefusal(route.url, app);
    const need = { access, isOfPortal: isOfPortal(String(route.method), route.url), takes: route.config?.takes };
    const admission: Admission = refusal === null ? accessHook(need, gate) : (_request, _reply, done) => done(refusal);
    const afterLook = look === null ? admission : admissionAfterLook(route.url, admission, { app, look });
    route.onRequest = forwarding === null ? admission : forwarding.admission(need, afterLook);
    const hook = tenantHook(tenantRule(String(route.method), route.url), app);
    if (hook !== null) route.preHandler = hook;
    if (route.schema?.body !== undefined || route.schema?.querystring !== undefined) {
      route.preValidation = forwarding === null ? validation.prepare : [forwarding.keepBody, validation.prepare];
    }
    if (route.method === "HEAD" || route.config?.isDocumented === false) return;
    routes.push({ method: String(route.method), url: route.url, access, schema: route.schema ?? {} });
  });
  return routes;
}

function addRoutes(server: HttpServer, routes: readonly DocumentedRoute[], context: RouteContext): void {
  const timeouts = context.bodyTimeouts;
  takeBodies(server, { bytesMax: httpLimits.settingsBodyBytes, ndjson: false, timeouts });
  healthRoutes(server, context);
  endpointRoutes(server, context);
  endpointActionRoutes(server, context);
  deliveryActionRoutes(server, context);
  endpointTestRoutes(server, context);
  endpointOutputRoutes(server, context);
  secretRoutes(server, context);
  jwksRoutes(server, context);
  transformRoutes(server, context);
  attemptRoutes(server, context);
  statisticsRoutes(server, context);
  feedRoutes(server, context);
  consumerRoutes(server, context);
  replayRoutes(server, context);
  eventTypeRoutes(server, context);
  filterRoutes(server, context);
  recoveryRoutes(server, context);
  sourceRoutes(server, context);
  sourceSecretRoutes(server, context);
  binRoutes(server, context);
  receiptRoutes(server, context);
  diagnosisRoutes(server, context);
  eventRequestRoutes(server, context);
  schemeRoutes(server);
  keyRoutes(server, context);
  sessionRoutes(server, context);
  portalLinkRoutes(server, context);
  tenantRoutes(server, context);
  clusterRoutes(server, context);
  metricsRoutes(server, context);
  openApiRoutes(server, routes, context.app.eventTypes);
  uiRoutes(server, { portalFrameAncestors: portalFrameAncestors(context.portal) });
  // In scopes of their own, because they take their bodies otherwise.
  server.register((scope, _options, done) => {
    eventRoutes(scope as HttpServer, context);
    done();
  });
  server.register((scope, _options, done) => {
    inboundRoutes(scope as HttpServer, context);
    done();
  });
}

/** 405 where the path is one of ours with another method, else 404. */
function notFound(
  { method, url }: Pick<FastifyRequest, "method" | "url">,
  routes: readonly DocumentedRoute[],
  app: App,
): TrotlineError {
  const path = url.split("?", 1)[0] ?? "";
  const known = routes.filter((route) => pathPattern(route.url).test(path));
  const methods = known.map((route) => route.method);
  const elsewhere = known[0] === undefined ? null : roleRefusal(known[0].url, app);
  if (elsewhere !== null) return elsewhere;
  if (methods.length === 0) return new TrotlineError("route-not-found", `There is nothing at ${path.slice(0, 200)}.`);
  if (methods.includes("GET")) methods.push("HEAD");
  const allow = methods.join(", ");
  return new TrotlineError("method-not-allowed", `${path.slice(0, 200)} takes ${allow}, not ${method}.`, { allow });
}

const pathPattern = (url: string): RegExp => new RegExp(`^${url.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`);

function urlOf(server: HttpServer): string {
  const { address, family, port } = server.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
