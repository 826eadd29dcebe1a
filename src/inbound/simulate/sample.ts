/** A small body as a provider would send it, in our own words; ids, types and times are put in by the signer. */
export interface Sample {
  /** The provider's word for what happened. */
  readonly type: string;
  /** JSON, or a text or bytes as they are. */
  readonly body: object | string | Uint8Array;
  /** `application/json` where absent. */
  readonly contentType?: string;
  /** A member of the body that has the delivery's id as a number. */
  readonly numberedBy?: string;
}

export type Samples = Readonly<Record<string, readonly Sample[]>>;

export const formType = "application/x-www-form-urlencoded";
