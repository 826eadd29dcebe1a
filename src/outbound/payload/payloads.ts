/** What an event becomes on its way to an endpoint, by the endpoint's format. Part of stage 3. */
import { cloudEventHead, cloudEventHeaders } from "../../core/cloudevents.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import type { PayloadFormat } from "../../core/endpoint-payload.ts";
import type { StoredEvent } from "../../core/event.ts";
import { isMessage, readable } from "./chat.ts";
import type { Content } from "./content.ts";
import { discordMembers, discordMessage } from "./discord.ts";
import { formText } from "./form.ts";
import { envelopeMembers, type JsonNode, readNode } from "./json-node.ts";
import { rawBuilder, rawHeaders } from "./raw.ts";
import { slackMembers, slackMessage } from "./slack.ts";
import { envelopeHead, isoTime, StandardBodies } from "./standard.ts";
import { teamsCard, teamsMembers, teamsMessage } from "./teams.ts";
import { xmlText } from "./xml.ts";

export type BuildContent = (event: StoredEvent) => Content;

export class Payloads {
  readonly #publicUrl: string | null;
  readonly #standard = new StandardBodies();
  readonly #form = onceForEach((event) => ({ body: Buffer.from(formText(membersOf(event))) }));
  readonly #xml = onceForEach((event) => ({ body: Buffer.from(xmlText(membersOf(event))) }));

  /** `publicUrl`: where receivers reach this server; null where they do not. */
  constructor(publicUrl: string | null) {
    this.#publicUrl = publicUrl;
  }

  /** How content for an endpoint is made. What is made may throw a `PayloadFailure`. */
  builder(endpoint: Endpoint): BuildContent {
    const { method, transform } = endpoint;
    if (method === "GET") return (event) => this.#query(endpoint, event);
    // An event of which a transform made something is no longer the event of its position.
    const isKept = transform === null && Object.keys(endpoint.versions).length === 0;
    return this.#bodyBuilder(endpoint, isKept);
  }

  #bodyBuilder(endpoint: Endpoint, isKept: boolean): BuildContent {
    const { format } = endpoint;
    const isOwn = endpoint.transform !== null;
    switch (format) {
      case "standard":
        return isKept
          ? (event) => this.#standard.of(event)
          : (event) => around(`${envelopeHead(event)},"data":`, event, "}");
      case "thin":
        return (event) => ({ body: Buffer.from(this.#thin(event)) });
      case "cloudevents":
        return (event) => around(cloudEventHead(event), event, "}");
      case "cloudevents-binary":
        return (event) => ({ body: dataOf(event), headers: cloudEventHeaders(event) });
      case "raw":
        return rawBuilder(endpoint, isKept);
      case "form":
        return this.#form;
      case "xml":
        return this.#xml;
      case "slack":
      case "discord":
      case "teams":
        return (event) => ({ body: Buffer.from(JSON.stringify(messages[format](event, isOwn))) });
    }
  }

  #thin(event: StoredEvent): string {
    const url = this.#publicUrl === null ? "" : `,"url":${JSON.stringify(urlOf(this.#publicUrl, event))}`;
    return `${envelopeHead(event)}${url}}`;
  }

  /** The query is what is signed: there is nothing else. */
  #query(endpoint: Endpoint, event: StoredEvent): Content {
    const { format } = endpoint;
    const isRaw = format === "raw";
    const members = isRaw ? rawMembers(event) : format === "thin" ? this.#thinMembers(event) : membersOf(event);
    const query = formText(members, "query");
    const own = new URL(endpoint.url).search.slice(1);
    const signed = own === "" || query === "" ? own + query : `${own}&${query}`;
    return { body: Buffer.from(signed), sent: nothing, query, ...(isRaw && { headers: rawHeaders(event) }) };
  }

  #thinMembers(event: StoredEvent): (readonly [string, JsonNode])[] {
    const members = membersOf(event).slice(0, -1);
    if (this.#publicUrl !== null) members.push(["url", { kind: "string", text: urlOf(this.#publicUrl, event) }]);
    return members;
  }
}

const nothing = Buffer.alloc(0);

/**
 * An event that goes to many endpoints is written once for all of them, where that costs much. By the identity of its
 * data: what a transform makes is another event, at the same position.
 */
function onceForEach(build: BuildContent): BuildContent {
  let latest: { readonly event: StoredEvent; readonly content: Content } | null = null;
  return (event) => {
    if (latest === null || !isSame(latest.event, event)) latest = { event, content: build(event) };
    return latest.content;
  };
}

const isSame = (left: StoredEvent, right: StoredEvent): boolean =>
  left.position === right.position && left.data === right.data && left.version === right.version;

/** Of the body; of several events in one body where `isBatch`. */
export function contentType(format: PayloadFormat, isBatch: boolean): string {
  switch (format) {
    case "cloudevents":
      return isBatch ? "application/cloudevents-batch+json" : "application/cloudevents+json";
    case "form":
      return "application/x-www-form-urlencoded";
    case "xml":
      return "application/xml; charset=utf-8";
    default:
      return "application/json";
  }
}

/** Several bodies as one array. */
export function arrayOf(bodies: readonly Buffer[]): Buffer {
  const parts = bodies.flatMap((body, index) => [index === 0 ? open : comma, body]);
  return Buffer.concat([...parts, close]);
}

const open = Buffer.from("[");
const comma = Buffer.from(",");
const close = Buffer.from("]");

const dataOf = ({ data }: StoredEvent): Buffer => Buffer.from(data.buffer, data.byteOffset, data.length);

const around = (head: string, event: StoredEvent, tail: string): Content => ({
  body: Buffer.concat([Buffer.from(head), event.data, Buffer.from(tail)]),
});

const urlOf = (publicUrl: string, { id, tenant }: StoredEvent): string =>
  `${publicUrl}/v1/events/${id}?tenant=${encodeURIComponent(tenant)}`;

const membersOf = (event: StoredEvent): (readonly [string, JsonNode])[] => [
  ...envelopeMembers({ ...event, timestamp: isoTime(event.occurredAtMs) }),
  ["data", readNode(event.data)],
];

/** The data's own members; what is no object is `data`. */
function rawMembers(event: StoredEvent): readonly (readonly [string, JsonNode])[] {
  const data = readNode(event.data);
  return data.kind === "object" ? data.members : [["data", data]];
}

type Message = (event: StoredEvent, isOwn: boolean) => unknown;

/** `isOwn`: the data are a transform's, which may have made the whole message. */
const message =
  (members: readonly string[], make: (event: ReturnType<typeof readable>) => object): Message =>
  (event, isOwn) => {
    const data: unknown = isOwn ? JSON.parse(dataOf(event).toString()) : null;
    return isMessage(data, members) ? data : make(readable(event, data));
  };

const teams = message(teamsMembers, teamsMessage);

const messages: Readonly<Record<"slack" | "discord" | "teams", Message>> = {
  slack: message(slackMembers, slackMessage),
  discord: message(discordMembers, discordMessage),
  teams: (event, isOwn) => {
    const made = teams(event, isOwn);
    if (!isOwn) return made;
    const data: unknown = JSON.parse(dataOf(event).toString());
    return isMessage(data, ["body"]) && data.type === "AdaptiveCard" ? teamsCard(data) : made;
  },
};
