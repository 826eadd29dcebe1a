/** Requests to the server's interface, by whoever is signed in; a refusal is a `Problem` with its stable code. */

export interface ProblemBody {
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  readonly field?: string;
  readonly status?: number;
}

/** What the server, or the way to it, refused. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly field: string | null;

  constructor(status: number, { code, title, detail, field }: ProblemBody) {
    super(detail ?? title ?? code);
    this.status = status;
    this.code = code;
    this.field = field ?? null;
  }
}

/** Nobody answered, or somebody before the server for it: it is asked again until it is back. */
export const isAway = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 0 || (error.code === "unreadable" && error.status >= 502));

const silences: Readonly<Record<string, string>> = {
  en: "The server does not answer. Try again in a moment.",
  zh: "服务器没有响应，请稍后重试。",
  ru: "Сервер не отвечает. Повторите попытку чуть позже.",
};
/** In the language that is shown. */
const silence = (): string => silences[document.documentElement.lang] ?? "The server does not answer.";

export interface Asked {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined | null>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Set by the portal, which has a token in place of a session. */
let bearer: string | null = null;
export const setBearer = (token: string | null): void => {
  bearer = token;
};

export const pathOf = (path: string, query: Asked["query"] = {}): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
};

/** `ask("GET /v1/endpoints", { query: { limit: 100 } })`; `null` where the answer has no body. Throws `Problem`. */
export async function ask<T>(methodAndPath: `${string} ${string}`, asked: Asked = {}): Promise<T> {
  const response = await askRaw(methodAndPath, asked);
  const text = await response.text();
  return (text === "" ? null : JSON.parse(text)) as T;
}

/** The answer as it came, for bytes and streams. Throws `Problem`. */
export async function askRaw(methodAndPath: `${string} ${string}`, asked: Asked = {}): Promise<Response> {
  const [method = "GET", path = "/"] = methodAndPath.split(" ", 2);
  const headers = new Headers(asked.headers);
  if (bearer !== null) headers.set("authorization", `Bearer ${bearer}`);
  const { body } = asked;
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const content = body === undefined || typeof body === "string" ? (body ?? null) : JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(pathOf(path, asked.query), {
      method,
      headers,
      body: content,
      credentials: "same-origin",
      ...(asked.signal !== undefined && { signal: asked.signal }),
    });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Problem(0, { code: "unreachable", detail: silence() });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return new Problem(response.status, (await response.json()) as ProblemBody);
  } catch {
    return new Problem(response.status, { code: "unreadable", detail: `The server answered ${response.status}.` });
  }
}
