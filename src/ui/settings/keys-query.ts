/** Under which the pages of keys are kept. */
export const keysQuery = ["keys"] as const;
