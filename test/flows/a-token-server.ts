/** A token server as of OAuth 2 that gives one token after the other, or does what the test says. */
import type { TestContext } from "node:test";
import { type ReceivedRequest, startTestReceiver } from "../../src/testing/test-receiver.ts";

/** A status and a body, or nothing at all: then it never answers. */
export type TokenAnswer = readonly [status: number, body: string, headers?: Record<string, string>] | null;

export interface TokenServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** What is answered from now on; the number counts requests from 1. */
  answer(choose: (number: number) => TokenAnswer): void;
}

/** The n-th request gets `token-n`, which lives for an hour. */
export const aGrant = (number: number, members: object = {}): TokenAnswer => [
  200,
  JSON.stringify({ access_token: `token-${number}`, token_type: "Bearer", expires_in: 3600, ...members }),
];

export async function aTokenServer(context: Pick<TestContext, "after">): Promise<TokenServer> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  let choose: (number: number) => TokenAnswer = (number) => aGrant(number);
  receiver.answer(() => {
    const answer = choose(receiver.requests.length);
    return {
      write: (response) => {
        if (answer !== null)
          response.writeHead(answer[0], { "content-type": "application/json", ...answer[2] }).end(answer[1]);
      },
    };
  });
  return {
    url: `${receiver.url}/token`,
    requests: receiver.requests,
    answer: (chosen) => {
      choose = chosen;
    },
  };
}
