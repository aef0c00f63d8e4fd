import { vi } from 'vitest';

/** Retries `assertion` until it holds, for at most 15 s: for states that announce themselves to nobody. */
export async function waitFor(assertion: () => void): Promise<void> {
  await vi.waitFor(assertion, { timeout: 15_000, interval: 10 });
}
