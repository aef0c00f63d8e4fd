import { BrokerError } from '../errors/index.ts';

/**
 * Names of tenants, services and Gateways: they become parts of identifiers (`tenant:key:version`), of SPIFFE ids and of
 * log lines.
 */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Throws FIELD_REQUIRED, INPUT_INVALID. */
export function checkName(field: string, name: string): void {
  if (name === '') throw new BrokerError('FIELD_REQUIRED', 'required', { field });
  if (NAME.test(name)) return;
  const rule = 'must be 1 to 63 letters, digits, dots, dashes and underscores';
  throw new BrokerError('INPUT_INVALID', rule, { field });
}
