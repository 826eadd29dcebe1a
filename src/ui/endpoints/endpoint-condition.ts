/** How an endpoint is, in one word. */
import type { Endpoint } from "../../sdk/wire.ts";
import type { Tone } from "../components/badge.tsx";

export const conditions = ["healthy", "failing", "open", "waiting", "paused", "disabled"] as const;
export type Condition = (typeof conditions)[number];

export const conditionTones: Readonly<Record<Condition, Tone>> = {
  healthy: "good",
  failing: "warn",
  open: "bad",
  waiting: "info",
  paused: "neutral",
  disabled: "bad",
};

type Judged = Pick<Endpoint, "status" | "health">;

/** `waiting`: its receiver asked for a pause. */
export function conditionOf({ status, health }: Judged, nowMs = Date.now()): Condition {
  if (status !== "enabled") return status;
  if (health.state === "open") return "open";
  if (health.paused_until !== null && Date.parse(health.paused_until) > nowMs) return "waiting";
  return health.state;
}

/** Those that want a person stand first. */
const urgency: Readonly<Record<Condition, number>> = {
  disabled: 0,
  open: 1,
  failing: 2,
  waiting: 3,
  paused: 4,
  healthy: 5,
};

export const byUrgency = (left: Judged, right: Judged): number =>
  urgency[conditionOf(left)] - urgency[conditionOf(right)];

/** What people call it. */
export const titleOf = ({ description, url, command, handler, id }: Endpoint): string =>
  description || placeOf({ url, command, handler }) || id;

/** Where it sends, in short. */
export function placeOf({ url, command, handler }: Pick<Endpoint, "url" | "command" | "handler">): string {
  if (url !== null) return url.replace(/^https?:\/\//, "");
  return command?.program ?? handler ?? "";
}

/** Whether it has what was typed into the search in it. */
export function isFound(endpoint: Endpoint, looked: string): boolean {
  const words = looked.toLowerCase().split(/\s+/).filter(Boolean);
  const { id, description, url, types } = endpoint;
  const text = [id, description, url ?? placeOf(endpoint), ...types].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}
