import assert from "node:assert/strict";
import { it } from "node:test";
import type { StoredEvent } from "../core/event.ts";
import { takesText } from "./search-text.ts";

const anEvent = (members: Partial<StoredEvent>): StoredEvent => ({
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 0,
  acceptedAtMs: 0,
  version: null,
  request: null,
  position: 1,
  data: Buffer.from("{}"),
  ...members,
});

const inData = (data: string, text: string): boolean => takesText(text)(anEvent({ data: Buffer.from(data) }));

it("is found in id, type and subject, and in nothing else than these and the data", () => {
  const event = anEvent({ id: "evt_ABC", subject: "order/A-17", tenant: "acme", version: "v2" });
  for (const text of ["evt_abc", "ORDER.p", "a-17"]) assert.ok(takesText(text)(event), text);
  for (const text of ["acme", "v2", "null", "invoice"]) assert.ok(!takesText(text)(event), text);
});

it("is found in data as they are stored, in upper and lower case", () => {
  assert.ok(inData('{"Total": 4200}', '"total": 42'));
  assert.ok(!inData('{"Total": 4200}', '"total":42'));
  assert.ok(inData('{"name":"Ёлка"}', "ёЛКА"));
  assert.ok(inData("4200", "20"));
});

it("is found in data as they are read, where they are stored with escapes", () => {
  assert.ok(inData('{"name":"Zo\\u00EB"}', "zoë"));
  assert.ok(inData('{"name":"Zo\\u00EB"}', "\\u00eb"));
  assert.ok(inData('{"face":"\\ud83d\\ude00"}', "😀"));
  assert.ok(inData('{"said":"\\"yes\\"\\n\\/no"}', '"yes"\n/no'));
  assert.ok(!inData('{"path":"C:\\\\new"}', "c:\new"));
});
