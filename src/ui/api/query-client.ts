import { QueryClient } from "@tanstack/react-query";
import { isAway, Problem } from "./ask.ts";

const retriesMax = 2;
const retryMsMax = 5000;

/** What was refused is not asked again; what failed is, a few times; and a server that is away, until it is back. */
export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2000,
        // The server may be on this machine, whatever the browser knows of the network.
        networkMode: "always",
        retry: (failures, error) =>
          isAway(error) || (failures < retriesMax && (!(error instanceof Problem) || error.status >= 500)),
        retryDelay: (failures) => Math.min(retryMsMax, 1000 * 2 ** failures),
      },
      mutations: { networkMode: "always" },
    },
  });
