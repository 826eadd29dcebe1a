import { Type } from "typebox";
import { rejectionCodes } from "../../core/source.ts";
import { causeCodes } from "../../inbound/diagnosis/causes.ts";
import { nullable } from "./scalars.ts";

const cause = Type.Object(
  {
    code: Type.Enum([...causeCodes]),
    sentence: Type.String({ description: "What was found." }),
    advice: Type.String({ description: "What to do about it." }),
  },
  { title: "DiagnosisCause" },
);

export const diagnosisSchema = Type.Object(
  {
    receipt_id: Type.String(),
    source: Type.String({ description: "The source's name." }),
    code: nullable(Type.Enum([...rejectionCodes]), "Why it was rejected, as the receipt says."),
    explained: Type.Boolean({ description: "False where no known mistake explains it." }),
    summary: Type.String({ description: "A sentence for people." }),
    causes: Type.Array(cause, { description: "All of them together explain it." }),
    body_truncated: Type.Boolean({
      description: "Only the beginning of the body was kept, so that less can be tried.",
    }),
    trials: Type.Integer({ description: "Mistakes that were undone, to see whether it verifies then." }),
    complete: Type.Boolean({ description: "False where time ended before all were tried." }),
  },
  { title: "Diagnosis", description: "Why a request was rejected." },
);
