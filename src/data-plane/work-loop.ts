/**
 * Repeats a step as long as it finds something to do, once in each turn of the event loop, so that whatever else waits in
 * this thread gets its turn between two steps.
 */
export class WorkLoop {
  readonly #step: () => boolean;
  #scheduled: NodeJS.Immediate | undefined;

  /** `step` does part of the work; false: there was none. */
  constructor(step: () => boolean) {
    this.#step = step;
  }

  /** There may be work: the first step is taken now. */
  wake(): void {
    if (this.#scheduled !== undefined || !this.#step()) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.wake();
    });
  }

  /** Does all there is to do now. */
  finish(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    while (this.#step());
  }
}
