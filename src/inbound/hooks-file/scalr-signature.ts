/** `scalr-signature`: an HMAC over the body and the `Date` header, which may be five minutes old. */
import { createHmac } from "node:crypto";
import { bytesOfText } from "./byte-text.ts";
import type { HookRequest } from "./hook-request.ts";
import { failed, isSame, type MatchResult } from "./match-result.ts";

const toleranceMs = 300_000;

export function scalrSignature(secret: string, request: HookRequest, nowMs: number): MatchResult {
  const signature = request.headers.get("X-Signature");
  const date = request.headers.get("Date");
  if (signature === undefined || date === undefined) return { matched: false, failure: null, value: null };
  if (secret === "") return failed("other", "signature validation signing key can not be empty");
  if (typeof signature !== "string" || typeof date !== "string") {
    return failed("crash", "X-Signature or Date is no text");
  }
  const expected = createHmac("sha1", bytesOfText(secret)).update(request.body).update(bytesOfText(date)).digest("hex");
  if (!isSame(signature, expected)) return { ...failed("signature", "invalid payload signature"), value: signature };
  const sentMs = parseScalrDate(date);
  if (sentMs === null) return { ...failed("other", `parsing time ${JSON.stringify(date)}`), value: signature };
  if (Math.abs(nowMs - sentMs) > toleranceMs) return { ...failed("signature", "outdated"), value: signature };
  return { matched: true, failure: null, value: signature };
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const form =
  /^(?:sun|mon|tue|wed|thu|fri|sat) +(\d\d) +([a-z]{3}) +(\d{4}) +(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))? +(utc|gmt[+-]\d{1,2}|[a-z]{3,4}t|[a-z]{3})$/i;

/** Milliseconds of a time such as `Fri 08 Sep 2017 11:24:32 UTC`; null where it is none. Zones that are no offset are UTC. */
export function parseScalrDate(text: string): number | null {
  const parts = form.exec(text);
  if (parts === null) return null;
  const [, day, monthName = "", year, hour, minute, second, fraction = "", zone = ""] = parts;
  const month = months.indexOf(monthName.toLowerCase());
  if (month < 0 || zone !== zone.toUpperCase()) return null;
  const fields = [Number(year), month, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const ms = Date.UTC(...fields) + Number(`0.${fraction || "0"}`) * 1000;
  const read = new Date(ms);
  const isReal = read.getUTCDate() === fields[2] && fields[3] < 24 && fields[4] < 60 && fields[5] < 60;
  if (!isReal) return null;
  const offset = /^GMT([+-]\d+)$/.exec(zone);
  return offset === null ? ms : ms - Number(offset[1]) * 3_600_000;
}
