/**
 * A request as an HTTP archive, which browsers and clients import
 * (http://www.softwareishard.com/blog/har-12-spec/).
 */
import { base64Of, type CopiedRequest, saidUrl, textOf } from "./copied-request.ts";

/** The archive has a place for an answer also where there is none; what is not known is -1 there, or nothing. */
const noAnswer = {
  status: 0,
  statusText: "",
  httpVersion: "HTTP/1.1",
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: "" },
  redirectURL: "",
  headersSize: -1,
  bodySize: -1,
};

export function harOf(request: CopiedRequest): object {
  const { method, headers, body, at = "1970-01-01T00:00:00.000Z" } = request;
  const url = saidUrl(request.url);
  const entry = {
    startedDateTime: at,
    time: 0,
    request: {
      method,
      url,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: headers.map(([name, value]) => ({ name, value })),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      ...(body.length > 0 && { postData: postData(request) }),
      headersSize: -1,
      bodySize: body.length,
    },
    response: noAnswer,
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
  };
  return { log: { version: "1.2", creator: { name: "trotline", version: "1" }, entries: [entry] } };
}

/** Members of one's own begin with `_`: that says of a binary body how it is written. */
function postData({ headers, body }: CopiedRequest): object {
  const mimeType = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const text = textOf(body);
  return text === null ? { mimeType, text: base64Of(body), _encoding: "base64" } : { mimeType, text };
}
