/**
 * The first integer from `start` on, before `end`, for which `isTrue`, which then stays true; `end` where there is
 * none.
 */
export function firstOf(start: number, end: number, isTrue: (at: number) => boolean): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
