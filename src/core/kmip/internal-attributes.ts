import { isInternalName } from '../../kmip/attributes/internal-names.ts';
import { KmipFailure } from '../../kmip/failure.ts';

/** Refuses attributes of a request that Core and Gateway keep for themselves. KmipFailure attributeReadOnly. */
export function requireForeign(names: Iterable<string>): void {
  for (const name of names) {
    if (!isInternalName(name)) continue;
    throw new KmipFailure('attributeReadOnly', 'a custom attribute cannot be set by a client');
  }
}
