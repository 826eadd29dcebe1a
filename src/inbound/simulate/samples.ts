import type { Sample, Samples } from "./sample.ts";
import { codeSamples } from "./samples/code.ts";
import { commerceSamples } from "./samples/commerce.ts";
import { messageSamples } from "./samples/messages.ts";
import { otherSamples } from "./samples/others.ts";

const all: Samples = { ...codeSamples, ...commerceSamples, ...messageSamples, ...otherSamples };

/** What there is to send for a scheme, the most usual first. */
export const samplesOf = (scheme: string): readonly Sample[] => all[scheme] ?? [];
