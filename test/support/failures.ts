import { expect } from 'vitest';

import { isErrorCode, type ErrorCode } from '../../src/errors/index.ts';

/** What callers may rely on in a failure. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** The failure `action` ends in, thrown or rejected. Fails the test when it succeeds or has no stable code. */
export async function failureOf(action: () => unknown): Promise<Failure> {
  try {
    await action();
  } catch (error) {
    return asFailure(error);
  }
  throw new Error('the call succeeded');
}

/** What was thrown, as a failure. Fails the test when it has no stable code or is not worded as docs/errors.md says. */
export function asFailure(error: unknown): Failure {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
  expect(isErrorCode(error.code), `${error.code} is a stable code`).toBe(true);
  // Lower case but for names such as RSA, no full stop, one line.
  expect(error.message).not.toMatch(/\.$|\n|^[A-Z][a-z]/);
  return { code: error.code, message: error.message };
}

/** Asserts that `action` fails with exactly this code. */
export async function expectFailure(action: () => unknown, code: ErrorCode): Promise<void> {
  expect(await failureOf(action)).toMatchObject({ code });
}
