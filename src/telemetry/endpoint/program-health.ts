/** How a program is, as orchestrators ask. Each function answers within a second or counts as false. */
export interface ProgramHealth {
  /** False when only a restart can help. Not to depend on the Core, a full disk or anything else outside the process. */
  readonly live: () => boolean | Promise<boolean>;
  /** True while it can do its work. */
  readonly ready: () => boolean | Promise<boolean>;
}

const LONGEST_MS = 1000;

/** The answer of such a function; false when it fails or takes too long. */
export async function answerOf(ask: () => boolean | Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, LONGEST_MS).unref();
  });
  try {
    return await Promise.race([ask(), tooLate]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
