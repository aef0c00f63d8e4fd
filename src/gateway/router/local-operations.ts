import { PAYLOADS } from '../../kmip/payloads/index.ts';
import { OPERATION } from '../../kmip/tables/enumerations.ts';
import { activateKey } from '../operations/activate.ts';
import { checkKey } from '../operations/check.ts';
import { createKey } from '../operations/create.ts';
import { discover } from '../operations/discover-versions.ts';
import { getKeyAttributeList } from '../operations/get-attribute-list.ts';
import { getKeyAttributes } from '../operations/get-attributes.ts';
import { getKey } from '../operations/get.ts';
import { locateKeys } from '../operations/locate.ts';
import type { LocalOperation } from '../operations/operation.ts';
import { queryServer } from '../operations/query.ts';

/** Operations that are done here; the others of PAYLOADS are done by the Core, and advertised as well. */
export const LOCAL: ReadonlyMap<number, LocalOperation> = new Map([
  [OPERATION.create, createKey],
  [OPERATION.get, getKey],
  [OPERATION.getAttributes, getKeyAttributes],
  [OPERATION.getAttributeList, getKeyAttributeList],
  [OPERATION.locate, locateKeys],
  [OPERATION.check, checkKey],
  [OPERATION.activate, activateKey],
  [OPERATION.query, queryServer([...PAYLOADS.keys()].sort((left, right) => left - right))],
  [OPERATION.discoverVersions, discover],
]);
