const DEADLINE_MS = 20_000;
const INTERVAL_MS = 10;

/**
 * Asks again and again until there is an answer, and fails with the last error when there is none in time: for what announces
 * itself to nobody, on the other side of a network. A thrown error counts as "not yet".
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`${what}: not within ${deadlineMs} ms${why}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
