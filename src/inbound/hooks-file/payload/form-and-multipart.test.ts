import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { readFormValues } from "./form-values.ts";
import { readMediaType } from "./media-type.ts";
import { MultipartProblem, readMultipart } from "./multipart-parts.ts";

it("forms are read as everyone reads them, the first of equal names counting", () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })));
  fc.assert(
    fc.property(pairs, (given) => {
      const written = new URLSearchParams(
        given.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()]),
      );
      const { values, problem } = readFormValues(written.toString());
      assert.equal(problem, null);
      for (const name of new Set(written.keys())) assert.equal(values.get(name), written.get(name));
      assert.equal(values.size, new Set(written.keys()).size);
    }),
  );
});

it("what cannot be read of a query is left out, and told", () => {
  const { values, problem } = readFormValues("a=%zz&b;c=1&d=2&=e&f&g=%ff");
  assert.deepEqual(
    [...values],
    [
      ["d", "2"],
      ["", "e"],
      ["f", ""],
      ["g", "\udcff"],
    ],
  );
  assert.match(problem ?? "", /invalid URL escape/);
});

it("media types are read as Go reads them", () => {
  const boundary = (text: string) => readMediaType(text)?.parameters.get("boundary");
  assert.equal(boundary("multipart/form-data; boundary=x"), "x");
  assert.equal(boundary('Multipart/Form-Data;BOUNDARY="a b" ;'), "a b");
  assert.equal(boundary('x; boundary="a\\"b"; other=1'), 'a"b');
  assert.equal(readMediaType("x; a=1; a=2"), null);
  assert.equal(readMediaType("x y; a=1"), null);
  assert.equal(readMediaType("x; a"), null);
  assert.equal(readMediaType("form-data; filename*=utf-8''a%20b")?.parameters.get("filename"), "a b");
});

it("a quoted text without an end is refused as soon as it is read", () => {
  const texts = ["a".repeat(1_000_000), "\\a".repeat(1_000_000)];
  for (const text of texts) assert.equal(readMediaType(`multipart/form-data; boundary="${text}`), null);
});

const crlf = "\r\n";
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

it("parts come back byte for byte", () => {
  const content = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  const part = fc
    .tuple(fc.stringMatching(/^[a-z]{1,5}$/), content, fc.boolean())
    .map(([name, bytes, isFile]) => ({ name, content: bytes, isFile }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const body = parts.map(({ name, content, isFile }) => {
        const file = isFile ? '; filename="f"' : "";
        return `--BB${crlf}Content-Disposition: form-data; name="${name}"${file}${crlf}${crlf}${content}${crlf}`;
      });
      const read = readMultipart(latin1(`preamble${crlf}${body.join("")}--BB--${crlf}epilogue`), "BB");
      assert.deepEqual(
        read.map(({ name, content, isFile }) => ({ name, content, isFile })),
        parts,
      );
    }),
  );
});

it("forms that are cut, or broken, are refused; a part's head that is cut ends the form", () => {
  const head = `--B${crlf}Content-Disposition: form-data; name="a"${crlf}`;
  assert.throws(() => readMultipart(latin1(`${head}${crlf}cut`), "B"), MultipartProblem);
  assert.throws(() => readMultipart(latin1(""), "B"), MultipartProblem);
  assert.throws(() => readMultipart(latin1(`--B${crlf}no colon${crlf}${crlf}x${crlf}--B--`), "B"), MultipartProblem);
  assert.throws(() => readMultipart(latin1("x"), ""), MultipartProblem);
  assert.deepEqual(readMultipart(latin1(head), "B"), []);
  assert.throws(() => readMultipart(latin1(`--B${crlf}${crlf}${crlf}`.repeat(1001)), "B"), /too large/);
});

it("long runs of spaces cost what they are long", () => {
  const spaces = " ".repeat(500_000);
  const disposition = `Content-Disposition: form-data;${spaces}name="a"${spaces};${spaces}x${crlf}X:${spaces}y${spaces}z${crlf}`;
  const encoded = `Content-Transfer-Encoding: quoted-printable${crlf}`;
  const form = `--B${crlf}${disposition}${crlf}1${crlf}--B${crlf}Content-Disposition: form-data; name="b"${crlf}${encoded}${crlf}${spaces}=3D${spaces}${crlf}--B--`;
  const parts = readMultipart(latin1(form), "B");
  assert.deepEqual(
    parts.map(({ name, content }) => [name, content]),
    [["b", `${spaces}=`]],
  );
});
