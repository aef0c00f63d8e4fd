import { OPERATION } from '../../kmip/tables/enumerations.ts';
import type { CoreOperation } from './operation.ts';
import { activateKey } from './operations/activate.ts';
import { addKeyAttribute } from './operations/add-attribute.ts';
import { checkKey } from './operations/check.ts';
import { createKey } from './operations/create.ts';
import { decryptData } from './operations/decrypt.ts';
import { deleteKeyAttribute } from './operations/delete-attribute.ts';
import { destroyKey } from './operations/destroy.ts';
import { discover } from './operations/discover-versions.ts';
import { encryptData } from './operations/encrypt.ts';
import { getKeyAttributeList } from './operations/get-attribute-list.ts';
import { getKeyAttributes } from './operations/get-attributes.ts';
import { getKey } from './operations/get.ts';
import { locateKeys } from './operations/locate.ts';
import { modifyKeyAttribute } from './operations/modify-attribute.ts';
import { queryCore } from './operations/query.ts';
import { reKeyKey } from './operations/re-key.ts';
import { registerObject } from './operations/register.ts';
import { revokeKey } from './operations/revoke.ts';
import { setKeyAttribute } from './operations/set-attribute.ts';

/** What the Core does, by Operation enumeration; everything else is not supported. */
export const OPERATIONS: ReadonlyMap<number, CoreOperation> = new Map([
  [OPERATION.create, createKey],
  [OPERATION.register, registerObject],
  [OPERATION.reKey, reKeyKey],
  [OPERATION.locate, locateKeys],
  [OPERATION.get, getKey],
  [OPERATION.getAttributes, getKeyAttributes],
  [OPERATION.getAttributeList, getKeyAttributeList],
  [OPERATION.activate, activateKey],
  [OPERATION.revoke, revokeKey],
  [OPERATION.destroy, destroyKey],
  [OPERATION.addAttribute, addKeyAttribute],
  [OPERATION.modifyAttribute, modifyKeyAttribute],
  [OPERATION.deleteAttribute, deleteKeyAttribute],
  [OPERATION.setAttribute, setKeyAttribute],
  [OPERATION.check, checkKey],
  [OPERATION.encrypt, encryptData],
  [OPERATION.decrypt, decryptData],
  [OPERATION.query, queryCore(() => OPERATIONS.keys())],
  [OPERATION.discoverVersions, discover],
]);
