import { enumerationFacts } from './look-up.ts';
import { TAG } from './tags.ts';

/** The specification's name of an operation; undefined for what no version has. */
export function operationName(operation: number): string | undefined {
  return enumerationFacts(TAG.operation, operation)?.name;
}

/** The specification's name of a Result Reason; undefined for what no version has. */
export function resultReasonName(reason: number): string | undefined {
  return enumerationFacts(TAG.resultReason, reason)?.name;
}
