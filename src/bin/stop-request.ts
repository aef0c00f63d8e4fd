/** Why a running server has to end. */
export type StopReason =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'crash'; readonly error: unknown };

export interface StopRequest {
  /** Resolves with the first reason there is. */
  readonly first: Promise<StopReason>;
  /** Gives a reason from inside: the server found that it must not go on. Later ones are ignored. */
  fail(error: unknown): void;
  /** Takes the handlers off again. */
  release(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Turns signals and errors that nothing handled into one promise. Whatever comes after the first reason goes to
 * `again`, which is expected to end the process: an operator who asks twice does not want to wait, and a process that
 * fails while it stops has nothing left to lose.
 */
export function awaitStopRequest(again: (reason: StopReason) => void): StopRequest {
  let requested = false;
  let resolve: (reason: StopReason) => void;
  const first = new Promise<StopReason>((resolveFirst) => {
    resolve = resolveFirst;
  });
  const request = (reason: StopReason): void => {
    if (requested) {
      again(reason);
      return;
    }
    requested = true;
    resolve(reason);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    request({ kind: 'signal', signal });
  };
  const onCrash = (error: unknown): void => {
    request({ kind: 'crash', error });
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  return {
    first,
    fail: (error) => {
      if (!requested) request({ kind: 'crash', error });
    },
    release: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off('uncaughtException', onCrash);
      process.off('unhandledRejection', onCrash);
    },
  };
}
