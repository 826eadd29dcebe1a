import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { typeFilter } from "../../../core/filter.ts";
import { retryPresets } from "../../../core/retry-schedule.ts";
import { urlRefusal } from "./draft-body.ts";
import { readDuration, readDurations, writeDuration } from "./durations.ts";
import { delaysOf, retryChoiceOf } from "./retry-choices.ts";
import { groupsOf, takenBy, takes } from "./type-groups.ts";

describe("a duration in the form", () => {
  it("is read as people write it, and written in the largest unit that says it", () => {
    const durations = { "90s": 90_000, "1.5h": 5_400_000, "250ms": 250, "15": 15_000, "2 d": 172_800_000, "0s": 0 };
    for (const [text, ms] of Object.entries(durations)) assert.equal(readDuration(text), ms, text);
    assert.deepEqual([90_000, 86_400_000, 1500, 0].map(writeDuration), ["90s", "1d", "1500ms", "0s"]);
  });

  it("is none where it cannot be read", () => {
    for (const text of ["", "soon", "-5s", "5 weeks", "1h30m"]) assert.equal(readDuration(text), null, text);
    assert.equal(readDurations("5s, soon"), null);
    assert.deepEqual(readDurations(" "), []);
  });
});

describe("a schedule in the form", () => {
  it("is the server's where it has a name", () => {
    for (const name of ["default", "quick", "patient", "none"] as const) {
      assert.deepEqual(delaysOf(name, ""), [...retryPresets[name]]);
      assert.equal(retryChoiceOf(retryPresets[name]), name);
    }
    assert.equal(retryChoiceOf([1234]), "custom");
    assert.deepEqual(delaysOf("custom", "1s, 2m"), [1000, 120_000]);
  });
});

describe("types in the form", () => {
  it("are taken by the patterns that the server takes them by", () => {
    const patterns = ["order.paid", "order.*", "*.paid", "*", "order.item.*", "*.item.added"];
    const types = ["order.paid", "order", "order.item.added", "invoice.paid", "a.b.paid", "orders.paid"];
    for (const pattern of patterns) {
      const isTaken = typeFilter([pattern]);
      for (const type of types) assert.equal(takes(pattern, type), isTaken(type), `${pattern} ${type}`);
    }
    assert.equal(takenBy(["order.paid", "order.*"], "order.paid"), "order.*");
    assert.equal(takenBy(["order.paid"], "order.paid"), undefined);
  });

  it("stand in groups by name, those without one last", () => {
    const type = (name: string, group: string | null) => ({ name, group }) as never;
    const groups = groupsOf([type("a", null), type("b", "Orders"), type("c", "Billing"), type("d", "Orders")]);
    assert.deepEqual(
      groups.map(({ name, types }) => [name, types.map((one) => one.name)]),
      [
        ["Billing", ["c"]],
        ["Orders", ["b", "d"]],
        [null, ["a"]],
      ],
    );
  });
});

it("what can be seen to be wrong with a URL is said before it is sent", () => {
  const refusals = {
    "https://example.com/hook": undefined,
    "": "urlMissing",
    "example.com/hook": "urlProtocol",
    "ftp://example.com": "urlProtocol",
    "https://": "urlInvalid",
    "https://kim:secret@example.com": "urlCredentials",
  };
  for (const [url, refusal] of Object.entries(refusals)) assert.equal(urlRefusal(url), refusal, url);
});
