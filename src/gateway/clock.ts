/** The two clocks of a Gateway. */
export interface GatewayClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back: every time limit runs on it. */
  readonly monotonicMs: () => number;
}
