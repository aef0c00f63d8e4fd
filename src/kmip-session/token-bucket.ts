/** Allows `rate` events a second on average and `burst` of them at once. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #countedAt: number;

  /** `nowMs` as in every other call: monotonic milliseconds. */
  constructor(rate: number, burst: number, nowMs: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#countedAt = nowMs;
  }

  /** Takes one token if there is one. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Nothing would be lost by forgetting this bucket. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#burst;
  }

  #refill(nowMs: number): void {
    const passed = Math.max(0, nowMs - this.#countedAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed * this.#rate) / 1000);
    this.#countedAt = nowMs;
  }
}
