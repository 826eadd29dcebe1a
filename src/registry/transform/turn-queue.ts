/**
 * Whose turn it is to run. Tenants share the time that running takes, not its turns: one whose expressions take a
 * second each has one turn while others have hundreds. Within a tenant the keys take turns, and the items of one key
 * come in their order.
 */
export class TurnQueue<Item> {
  /** Those that wait, or have had more than their share; those whose turn is the longest ago first. */
  readonly #tenants = new Map<string, Tenant<Item>>();
  /** What whoever had the last turn had had before: who comes anew begins there. */
  #floorMs = 0;

  add(tenant: string, key: string, item: Item): void {
    let known = this.#tenants.get(tenant);
    if (known === undefined) {
      known = { lines: new Map(), spentMs: this.#floorMs };
      this.#tenants.set(tenant, known);
    }
    // Time in which a tenant wanted nothing is not saved up.
    if (known.lines.size === 0) known.spentMs = Math.max(known.spentMs, this.#floorMs);
    const line = known.lines.get(key);
    if (line === undefined) known.lines.set(key, { items: [item], next: 0 });
    else line.items.push(item);
  }

  next(): Item | undefined {
    let first: [name: string, tenant: Tenant<Item>] | undefined;
    for (const [name, tenant] of this.#tenants) {
      if (tenant.lines.size === 0) {
        if (tenant.spentMs <= this.#floorMs) this.#tenants.delete(name);
      } else if (first === undefined || tenant.spentMs < first[1].spentMs) {
        first = [name, tenant];
      }
    }
    if (first === undefined) {
      this.#tenants.clear();
      return undefined;
    }
    const [name, tenant] = first;
    this.#floorMs = tenant.spentMs;
    this.#tenants.delete(name);
    this.#tenants.set(name, tenant);
    return takeFrom(tenant.lines);
  }

  /** What a tenant's turn took. */
  spent(name: string, timeMs: number): void {
    const tenant = this.#tenants.get(name);
    if (tenant !== undefined) tenant.spentMs += timeMs;
  }
}

interface Line<Item> {
  readonly items: Item[];
  next: number;
}

interface Tenant<Item> {
  /** In the order of their turns. */
  readonly lines: Map<string, Line<Item>>;
  spentMs: number;
}

function takeFrom<Item>(lines: Map<string, Line<Item>>): Item | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  const [key, line] = first;
  const item = line.items[line.next];
  line.next += 1;
  lines.delete(key);
  if (line.next < line.items.length) lines.set(key, line);
  return item;
}
