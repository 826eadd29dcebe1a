/** Most requests that publish go a short way past the router. Whoever publishes cannot tell which way a request went. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { anEvent, aServer } from "./a-server.ts";

/** The router alone takes this spelling. */
const routed = "application/json;charset=utf-8";
const direct = "application/json";

const bodies: Readonly<Record<string, (id: string) => string>> = {
  "an event": (id) => JSON.stringify(anEvent({ id })),
  "an event again": () => JSON.stringify(anEvent({ id: "known" })),
  "an id of another event": () => JSON.stringify(anEvent({ id: "known", type: "another.type" })),
  "a batch": (id) => JSON.stringify([anEvent({ id }), anEvent({ id: "known" })]),
  "a batch with a bad event": (id) => JSON.stringify([anEvent({ id }), { type: "a b", data: 1 }]),
  "an unknown member": () => JSON.stringify(anEvent({ typ: "x" })),
  "data that is too large": () => `{"type":"a.b","data":"${"x".repeat(600_000)}"}`,
  "no JSON": () => "{",
  "no event": () => "7",
  "white space": () => " ",
  "no UTF-8": () => "\u00ff",
};

for (const [name, bodyOf] of Object.entries(bodies)) {
  it(`${name} is answered the same, whichever way it goes`, async (context) => {
    const { url, key, ask } = await aServer(context);
    await ask("POST /v1/events", { body: anEvent({ id: "known" }) });
    const answerTo = async (contentType: string, id: string, authorization = `Bearer ${key}`) => {
      const response = await fetch(`${url}/v1/events`, {
        method: "POST",
        headers: { authorization, "content-type": contentType },
        body: Buffer.from(bodyOf(id), "latin1"),
      });
      const headers = Object.fromEntries([...response.headers].filter(([header]) => header !== "date"));
      const text = await response.text();
      return { status: response.status, headers, text: text.replace(/("cursor"|"request_id"):"[^"]*"/g, "$1") };
    };
    assert.deepEqual(await answerTo(direct, "id-1"), {
      ...(await answerTo(routed, "id-2")),
      text: (await answerTo(routed, "id-3")).text.replaceAll("id-3", "id-1"),
    });
    assert.deepEqual(await answerTo(direct, "id-4", "Bearer wrong"), await answerTo(routed, "id-4", "Bearer wrong"));
  });
}
