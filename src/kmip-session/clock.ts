/** Time as a session sees it: how much has passed, and a call when enough has. */
export interface SessionClock {
  /** Milliseconds from any fixed point; never goes back. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`; the function that is returned prevents it. */
  after(delayMs: number, callback: () => void): () => void;
}
