/** Both clocks of a Gateway, moved by the test alone. */
export class TestClock {
  #now = Date.UTC(2030, 0, 1);
  #monotonic = 1_000_000;

  readonly now = (): number => this.#now;
  readonly monotonicMs = (): number => this.#monotonic;

  /** Time passes. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#monotonic += milliseconds;
  }

  /** Somebody sets the wall clock. */
  setWall(milliseconds: number): void {
    this.#now = milliseconds;
  }
}
