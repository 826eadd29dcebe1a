import assert from "node:assert/strict";
import { it } from "node:test";
import { urlMistakes } from "./content-mistakes.ts";

const about = (headers: readonly string[]) => ({
  request: { method: "POST", url: "http://10.0.0.1/in/sms%20a?b=%20", headers, body: new Uint8Array(0) },
  secrets: [],
  settings: {},
  custom: null,
});
const forwarded = (hosts: readonly string[]) => about(hosts.flatMap((host) => ["X-Forwarded-Host", host]));

it("a request that names hosts by the hundred does not make millions of URLs to try", () => {
  const hosts = Array.from({ length: 200 }, (_, index) => `h${index}:${index + 1}`);
  assert.ok(urlMistakes(forwarded(hosts)).length < 2000);
  assert.ok(urlMistakes(forwarded([hosts.join(", ")])).length < 2000);
});

it("each proxy of a chain may have named the host that was signed", () => {
  const sentences = urlMistakes(forwarded(["hooks.test, inner.test"])).map(({ sentence }) => sentence);
  for (const name of ["hooks.test", "inner.test"]) {
    assert.ok(sentences.some((sentence) => sentence.startsWith(`The URL that was signed is \`https://${name}/`)));
  }
});
