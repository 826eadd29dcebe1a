import { hostname } from "node:os";

/** What people know this process by, on whatever machine of several it runs. */
export const hostAndProcess = (): string => `${hostname()}/${process.pid}`;
