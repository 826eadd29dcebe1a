import { getHeapSpaceStatistics, type HeapSpaceInfo, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

const lookEveryMs = 10_000;
/** Room for young objects that every busy process has. */
const youngBytesMin = 32 * 1024 * 1024;

/**
 * Gives back to the system what a start needed and an idle process does not: reading a thousand modules leaves 13 MB of
 * the heap empty, and V8 would keep them until it is short of memory. Takes about 30 ms where 25 MB are kept, and half
 * a second where 500 are.
 */
export function releaseMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}

/**
 * Whoever refuses everything keeps nothing, and grows all the same: V8 makes more and more room for young objects, from
 * 1 MB up to 128 (Node 24), and gives none of it back to the system while a megabyte is allocated in a second
 * (`Heap::ShouldResizeNewSpace`). Processes that refused everything for ten minutes kept 25 MB each, and grew by 100.
 */
export function releaseWhile(isRefusing: () => boolean, everyMs = lookEveryMs): NodeJS.Timeout {
  const look = (): void => {
    if (isRefusing() && isWorthReleasing(getHeapSpaceStatistics())) releaseMemory();
  };
  return setInterval(look, everyMs).unref();
}

type Space = Pick<HeapSpaceInfo, "space_name" | "space_size" | "space_used_size">;

/** The process stands still the longer the more it keeps: that has to be in proportion to what is given back. */
export function isWorthReleasing(spaces: readonly Space[]): boolean {
  let [young, kept] = [0, 0];
  for (const { space_name: name, space_size: size, space_used_size: used } of spaces) {
    if (name.startsWith("new_")) young += size;
    else kept += used;
  }
  return young >= youngBytesMin && young * 2 >= kept;
}
