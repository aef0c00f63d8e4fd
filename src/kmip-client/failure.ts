import { BrokerError } from '../errors/index.ts';
import { enumerationFacts } from '../kmip/tables/look-up.ts';
import { TAG } from '../kmip/tables/tags.ts';
import { RESULT_STATUS } from '../kmip/tables/enumerations.ts';
import type { ResponseItem } from '../kmip/messages/message.ts';
import { printable } from '../config/printable.ts';

/** An operation, or a whole message, that the server did not carry out: code KMIP_FAILED. */
export class KmipOperationError extends BrokerError {
  /** Name of the operation; undefined when the message was refused as a whole. */
  readonly operation: string | undefined;
  /** Result Status enumeration. */
  readonly status: number;
  /** Result Reason enumeration. */
  readonly reason: number | undefined;
  /** The specification's name of the reason. */
  readonly reasonName: string;

  constructor(operation: string | undefined, { status, reason, message }: ResponseItem) {
    const reasonName = reasonText(status, reason);
    const said = message === undefined || message === '' ? '' : `: ${lowered(printable(message))}`;
    super('KMIP_FAILED', `${lowered(operation ?? 'request')} refused, ${reasonName}${said}`);
    this.operation = operation;
    this.status = status;
    this.reason = reason;
    this.reasonName = reasonName;
  }
}

function reasonText(status: number, reason: number | undefined): string {
  if (status === RESULT_STATUS.operationPending) return 'operation pending';
  if (reason === undefined) return 'no reason given';
  return (
    enumerationFacts(TAG.resultReason, reason)?.name.toLowerCase() ??
    `reason 0x${reason.toString(16)}`
  );
}

/** Our messages begin in lower case and have no full stop; another server's may. */
function lowered(text: string): string {
  const first = /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() : text.charAt(0);
  return (first + text.slice(1)).replace(/\.$/, '');
}

/** An answer that is none: the connection cannot be trusted any further. */
export function malformed(what: string, cause?: unknown): BrokerError {
  return new BrokerError(
    'KMIP_RESPONSE_MALFORMED',
    what,
    cause === undefined ? undefined : { cause },
  );
}
