/** Items in the order of their subjects: of each subject one at a time is out; those without one never wait. */
export class SubjectQueue<Item> {
  #items: { readonly subject: string | undefined; readonly item: Item }[] = [];
  readonly #busy = new Set<string>();

  /** Items that are not out. */
  get waiting(): number {
    return this.#items.length;
  }

  add(subject: string | undefined, item: Item): void {
    this.#items.push({ subject, item });
  }

  /** The first that may go out; null where there is none. Its subject stays busy until `release`. */
  take(): { readonly subject: string | undefined; readonly item: Item } | null {
    const index = this.#items.findIndex(({ subject }) => subject === undefined || !this.#busy.has(subject));
    const [next] = index === -1 ? [] : this.#items.splice(index, 1);
    if (next === undefined) return null;
    if (next.subject !== undefined) this.#busy.add(next.subject);
    return next;
  }

  release(subject: string | undefined): void {
    if (subject !== undefined) this.#busy.delete(subject);
  }
}
