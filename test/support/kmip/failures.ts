import { expect } from 'vitest';

import { KmipFailure, type Failure } from '../../../src/kmip/failure.ts';

/** The KmipFailure that `action` ends in. Fails the test when it succeeds or ends otherwise. */
export function kmipFailure(action: () => unknown): KmipFailure {
  try {
    action();
  } catch (error) {
    if (!(error instanceof KmipFailure)) throw error;
    // It becomes a Result Message: one line, no full stop.
    expect(error.message).not.toMatch(/\.$|\n/u);
    return error;
  }
  throw new Error('it was accepted');
}

/** Asserts that `action` fails in exactly this way. */
export function expectKmipFailure(action: () => unknown, failure: Failure): void {
  expect(kmipFailure(action).failure).toBe(failure);
}
