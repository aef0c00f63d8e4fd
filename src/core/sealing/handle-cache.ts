/** Keys behind handles by name, a bounded number of them: the one that was not used for longest makes room. */
export class HandleCache<Handle extends { drop(): void }> {
  readonly #capacity: number;
  /** In the order of their last use. */
  readonly #handles = new Map<string, Handle>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(name: string, open: () => Handle): Handle {
    const handle = this.#handles.get(name) ?? open();
    this.#handles.delete(name);
    this.#handles.set(name, handle);
    const [oldest] = this.#handles.keys();
    if (this.#handles.size > this.#capacity && oldest !== undefined) this.drop(oldest);
    return handle;
  }

  drop(name: string): void {
    this.#handles.get(name)?.drop();
    this.#handles.delete(name);
  }

  dropAll(): void {
    for (const name of [...this.#handles.keys()]) this.drop(name);
  }
}
