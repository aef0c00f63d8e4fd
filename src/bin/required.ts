import { BrokerError } from '../errors/index.ts';

/** The value of a setting that this program cannot do without. CONFIG_INVALID when nobody gave it. */
export function required<T>(field: string, flag: string, value: T | undefined): T {
  if (value === undefined) {
    throw new BrokerError('CONFIG_INVALID', `not set: give ${flag}`, { field });
  }
  return value;
}
