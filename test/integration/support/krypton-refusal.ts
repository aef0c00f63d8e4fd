import { expect } from 'vitest';
import { KmipOperationError } from '../../../src/kmip-client/index.ts';

/** What a server said when it refused an operation. */
export interface Refusal {
  /** The specification's name of the reason, in lower case. */
  readonly reason: string;
  /** The Result Message. */
  readonly text: string;
}

/** The refusal of an operation that must be refused; any other failure, and success, fail the test. */
export async function refusalOf(operation: Promise<unknown>): Promise<Refusal> {
  const outcome = await operation.then(
    () => 'success' as const,
    (error: unknown) => error,
  );
  if (!(outcome instanceof KmipOperationError)) {
    expect(outcome, 'an operation that must be refused').toBeInstanceOf(KmipOperationError);
    throw outcome;
  }
  return refusalIn(outcome);
}

export function refusalIn({ message, reasonName }: KmipOperationError): Refusal {
  return { reason: reasonName, text: message.split(`, ${reasonName}: `)[1] ?? '' };
}
