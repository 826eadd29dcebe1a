/** One POST by undici's `dispatch`, its lowest layer, as everything that Trotline is compared with sends it. */
import type { Pool } from "undici";

export interface Posted {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** Rejects where the answer is not 200. */
export function post(dispatcher: Pool, { path, headers, body }: Posted): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    dispatcher.dispatch(
      { path, method: "POST", headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData() {},
        onResponseEnd() {
          if (status === 200) resolve();
          else reject(new Error(`status ${status}`));
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}
