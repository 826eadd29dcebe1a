/** What differs between two texts, line by line. */
export interface DiffLine {
  readonly side: "both" | "left" | "right";
  readonly text: string;
}

/** Lines of the part that differs; longer ones are said to differ whole. */
const linesMax = 1500;

export function diffLines(left: readonly string[], right: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  const room = Math.min(left.length, right.length) - start;
  while (end < room && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  const both = (text: string): DiffLine => ({ side: "both", text });
  return [
    ...left.slice(0, start).map(both),
    ...middle(left.slice(start, left.length - end), right.slice(start, right.length - end)),
    ...left.slice(left.length - end).map(both),
  ];
}

/** By the longest lines in common. */
function middle(left: readonly string[], right: readonly string[]): DiffLine[] {
  const onlyLeft = (text: string): DiffLine => ({ side: "left", text });
  const onlyRight = (text: string): DiffLine => ({ side: "right", text });
  if (left.length === 0 || right.length === 0 || left.length > linesMax || right.length > linesMax) {
    return [...left.map(onlyLeft), ...right.map(onlyRight)];
  }
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      const below = lengths[(row + 1) * width + column] ?? 0;
      const beside = lengths[row * width + column + 1] ?? 0;
      const isSame = left[row] === right[column];
      lengths[row * width + column] = isSame
        ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
        : Math.max(below, beside);
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) {
      lines.push({ side: "both", text: left[row] ?? "" });
      row += 1;
      column += 1;
    } else if ((lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0)) {
      lines.push(onlyLeft(left[row++] ?? ""));
    } else lines.push(onlyRight(right[column++] ?? ""));
  }
  return [...lines, ...left.slice(row).map(onlyLeft), ...right.slice(column).map(onlyRight)];
}
