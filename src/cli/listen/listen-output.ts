/** Who watches a listener: a person at a terminal, or a program that reads lines of JSON. */
import { styleText } from "node:util";
import type { TrotlineCursorError, TrotlineEvent } from "../../sdk/client.ts";
import type { Session } from "../session.ts";
import { attemptJson } from "./listen-json.ts";
import { bodyText, fittedLine, headText, type Paint, type Part, type Style, statusText } from "./listen-text.ts";
import type { AttemptReport, Audience } from "./listener.ts";
import type { LocalRequest } from "./local-request.ts";

export class ListenOutput implements Audience {
  readonly #session: Session;
  isVerbose: boolean;
  /** What the server keeps to itself is said once of each header. */
  readonly #hiddenSaid = new Set<string>();
  #waitingFor = "";

  constructor(session: Session, isVerbose: boolean) {
    this.#session = session;
    this.isVerbose = isVerbose;
  }

  begins(event: TrotlineEvent, { method, url, hidden }: LocalRequest): void {
    this.#session.progress.hold(
      fittedLine([{ text: `${event.type} ${event.id} ${method} ${url} …` }], this.#width, plain),
    );
    for (const name of hidden) {
      if (this.#hiddenSaid.has(name)) continue;
      this.#hiddenSaid.add(name);
      this.#session.note(`The server shows nobody the value of \`${name}\`: it is left out. --header sets one.`);
    }
  }

  async attempted(report: AttemptReport): Promise<void> {
    const { output, progress } = this.#session;
    const { outcome } = report;
    if (!output.isTable) return output.writeJsonLines([attemptJson(report, this.isVerbose)]);
    // One that reached nobody is a sentence of its own.
    const isUnreached = outcome !== null && "kind" in outcome && outcome.kind === "unreached";
    if (isUnreached && report.trigger === "live") return;
    if (!isUnreached) this.#waitingFor = "";
    progress.clear();
    await output.write(`${fittedLine(lineOf(report), this.#width, paint)}\n${this.isVerbose ? detailsOf(report) : ""}`);
  }

  waits(event: TrotlineEvent, failure: string): void {
    if (this.#waitingFor === failure) return;
    this.#waitingFor = failure;
    this.#session.note(`${failure} ${event.type} ${event.id} is sent again until it is answered.`);
  }

  leaves(event: TrotlineEvent, why: Parameters<Audience["leaves"]>[1]): void {
    const { note } = this.#session;
    if (why === "skipped") note(`${event.type} ${event.id} is skipped.`);
    else if (why === "given up") note(`${event.type} ${event.id} is given up: the retries are used up.`);
    else note(`Missed ${event.type} ${event.id}: its request is not in the log any more.`);
  }

  async missed({ code, lost, resume }: TrotlineCursorError): Promise<void> {
    const { note, output } = this.#session;
    const count = lost === null ? "Events were missed" : `${lost} ${lost === 1 ? "event was" : "events were"} missed`;
    const why =
      code === "cursor-expired"
        ? "retention has passed the place"
        : "the log was replaced by another, such as a copy of an earlier time";
    note(`${count}: ${why} (${code}). It goes on at ${resume}.`);
    if (output.isTable) return;
    const json = { at: new Date().toISOString(), missed: { code, lost, resume } };
    await output.writeJsonLines([JSON.stringify(json)]);
  }

  /** Which event the keys are about. */
  chosen(event: TrotlineEvent): void {
    const { progress } = this.#session;
    progress.hold(fittedLine([{ text: `${event.type} ${event.id}: r sends it again` }], this.#width, plain));
  }

  /** One column is left free: a line that fills the terminal would break. */
  get #width(): number {
    return this.#session.output.width - 1;
  }
}

const plain: Paint = (_style, text) => text;
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });

function lineOf({ at, event, trigger, request, outcome, durationMs }: AttemptReport): Part[] {
  const time: Part = { text: `${clockTime(at)} `, style: "dim" };
  const what: Part[] = [
    { text: event.type, style: "bold" },
    { text: ` ${event.id}`, style: "dim" },
  ];
  const isVerified = request.verifiedBy !== null && event.source !== undefined;
  const verified: Part = { text: isVerified ? ` ✓ ${request.verifiedBy}` : "", style: "dim" };
  const again = trigger === "replay" ? " again" : "";
  if (outcome === null) {
    const shown = request.method === "" ? " published" : ` ${request.method} ${request.url}`;
    return [time, ...what, { text: shown }, verified];
  }
  const path = request.url.replace(/^https?:\/\/[^/]+/i, "");
  const answer: Part =
    "status" in outcome
      ? { text: `${outcome.status}${outcome.brokenOff === null ? "" : " (broke off)"}`, style: styleOf(outcome.status) }
      : { text: outcome.failure, style: "red" };
  return [
    time,
    ...what,
    { text: ` ${request.method} ${path} → ` },
    answer,
    { text: ` ${durationMs} ms${again}`, style: "dim" },
    verified,
  ];
}

const styleOf = (status: number): Style => (status < 300 ? "green" : status < 500 ? "yellow" : "red");

/** Of the day, where the user is. */
const clockTime = (at: Date): string =>
  [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");

function detailsOf({ request, outcome }: AttemptReport): string {
  const sent = `${headText(`${request.method} ${request.url}`.trim(), request.headers)}\n${bodyText(request.body)}`;
  if (outcome === null || !("status" in outcome)) return `${sent}\n`;
  const { status, headers, body, bytes } = outcome;
  return `${sent}\n${headText(statusText(status), headers)}\n${bodyText(body, bytes)}\n`;
}
