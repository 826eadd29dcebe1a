import { Type } from "typebox";
import { type ErrorCode, errorCatalogue } from "../../core/errors.ts";

const codes = (Object.keys(errorCatalogue) as ErrorCode[]).filter((code) => errorCatalogue[code].status !== null);

/** Every error answer (RFC 9457). */
export const problemSchema = Type.Object(
  {
    type: Type.String({ description: "`urn:trotline:error:` and the code." }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Enum(codes, { description: "Stable: programs may depend on it." }),
    detail: Type.String({ description: "A sentence about this very case." }),
    advice: Type.String({ description: "What to do." }),
    retryable: Type.Boolean({ description: "Whether the same request may succeed later." }),
    field: Type.Optional(Type.String({ description: "JSON pointer of the member, or name of the parameter." })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          index: Type.Integer(),
          code: Type.Enum(codes),
          detail: Type.String(),
          field: Type.Optional(Type.String()),
        }),
        { description: "One for each refused item of a batch." },
      ),
    ),
    resume: Type.Optional(Type.String({ description: "A cursor to go on from." })),
    lost: Type.Optional(Type.Integer({ description: "Events that are gone." })),
    request_id: Type.String(),
  },
  { title: "Problem" },
);
