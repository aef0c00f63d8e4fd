import { BrokerError } from '../errors/index.ts';

const MAX_ENTRIES = 16;
const MAX_ENTRY_BYTES = 2048;

/** Checks that CRL distribution points can be IA5Strings; that they are URLs the caller has checked. INPUT_INVALID. */
export function checkDistributionPoints(addresses: readonly string[]): void {
  if (addresses.length > MAX_ENTRIES) invalid('more than 16 entries');
  for (const address of addresses) {
    const length = Buffer.byteLength(address);
    if (length === 0 || length > MAX_ENTRY_BYTES) invalid('an entry must have 1 to 2048 bytes');
    if (!/^[!-~]*$/.test(address)) {
      invalid('an entry holds characters other than printable ASCII without spaces');
    }
  }
}

function invalid(message: string): never {
  throw new BrokerError('INPUT_INVALID', message, { field: 'crlDistributionPoints' });
}
