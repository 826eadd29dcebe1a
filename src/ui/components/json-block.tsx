import { CodeBlock } from "./code-block.tsx";

interface JsonBlockProps {
  readonly value: unknown;
  readonly label: string;
  readonly heightCss?: string;
}

export function JsonBlock({ value, ...rest }: JsonBlockProps) {
  return <CodeBlock text={JSON.stringify(value, null, 2) ?? ""} {...rest} />;
}
