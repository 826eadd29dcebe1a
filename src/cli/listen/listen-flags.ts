/** What `trotline listen` was told, as commander gathered it. */
import type { ClientFlags } from "../client-command.ts";

export interface ListenFlags extends ClientFlags {
  readonly source?: string;
  readonly bin?: string;
  readonly types?: readonly string[];
  readonly filter?: string;
  readonly subject?: string;
  readonly tenant?: string;
  readonly to?: string;
  readonly print?: boolean;
  readonly from?: string;
  readonly consumer?: string;
  readonly secret?: string;
  readonly secretFile?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly retries?: number;
  readonly limit?: number;
  readonly verbose?: boolean;
}
