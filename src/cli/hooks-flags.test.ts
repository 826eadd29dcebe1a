import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseGoFlags } from "./go-flags.ts";
import { hooksFlags, hooksSettings } from "./hooks-flags.ts";

const settings = (...flags: string[]) => hooksSettings(parseGoFlags(hooksFlags, flags));
const bounds = (...flags: string[]) => {
  const { host, bodyBytesMax, timeoutMs, queueLengthMax } = settings(...flags);
  return { host, bodyBytesMax, timeoutMs, queueLengthMax };
};

describe("the bounds of a server of hooks", () => {
  const closed = { host: "127.0.0.1", bodyBytesMax: 10_485_760, timeoutMs: 600_000, queueLengthMax: 1000 };

  it("are there unless they are said to be none, each by its name", () => {
    assert.deepEqual(bounds(), closed);
    assert.deepEqual(bounds("-allow", "any-address"), { ...closed, host: "0.0.0.0" });
    assert.deepEqual(bounds("-allow", "unlimited-body"), { ...closed, bodyBytesMax: null });
    assert.deepEqual(bounds("-allow=unlimited-command"), { ...closed, timeoutMs: null, queueLengthMax: null });
    const none = { host: "0.0.0.0", bodyBytesMax: null, timeoutMs: null, queueLengthMax: null };
    assert.deepEqual(bounds("-compat"), none);
    assert.deepEqual(bounds("-allow", "any-address, unlimited-body", "--allow", "unlimited-command"), none);
  });

  it("are what they are said to be, whatever is allowed", () => {
    const given = ["-ip", "::1", "-body-bytes-max", "7", "-timeout-ms", "8", "-queue", "9"];
    const wanted = { host: "::1", bodyBytesMax: 7, timeoutMs: 8, queueLengthMax: 9 };
    for (const how of [[], ["-compat"]]) assert.deepEqual(bounds(...how, ...given), wanted);
  });
});
