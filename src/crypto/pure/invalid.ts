import { BrokerError } from '../../errors/index.ts';

/** An argument that cannot be. */
export function invalid(field: string, message: string): never {
  throw new BrokerError('INPUT_INVALID', message, { field });
}
