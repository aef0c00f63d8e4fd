import { OPERATION } from '../../kmip/tables/enumerations.ts';
import type { CoreOperation } from './operation.ts';
import { activateKey } from './operations/activate.ts';
import { destroyKey } from './operations/destroy.ts';
import { discover } from './operations/discover-versions.ts';
import { getKeyAttributeList } from './operations/get-attribute-list.ts';
import { getKeyAttributes } from './operations/get-attributes.ts';
import { getKey } from './operations/get.ts';
import { locateKeys } from './operations/locate.ts';
import { queryCore } from './operations/query.ts';
import { registerObject } from './operations/register.ts';
import { revokeKey } from './operations/revoke.ts';

/** What the Core does, by Operation enumeration; everything else is not supported. */
export const OPERATIONS: ReadonlyMap<number, CoreOperation> = new Map([
  [OPERATION.register, registerObject],
  [OPERATION.locate, locateKeys],
  [OPERATION.get, getKey],
  [OPERATION.getAttributes, getKeyAttributes],
  [OPERATION.getAttributeList, getKeyAttributeList],
  [OPERATION.activate, activateKey],
  [OPERATION.revoke, revokeKey],
  [OPERATION.destroy, destroyKey],
  [OPERATION.query, queryCore(() => OPERATIONS.keys())],
  [OPERATION.discoverVersions, discover],
]);
