import { BrokerError } from '../../errors/index.ts';

/** A number of things, as a KMIP Integer can say it. */
export function count(option: string, text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 2 ** 31 - 1) return value;
  throw new BrokerError('USAGE', `${option}: must be a number from 0 to ${2 ** 31 - 1}`);
}
