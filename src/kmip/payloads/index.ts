import { activate } from './activate.ts';
import { addAttribute } from './add-attribute.ts';
import { check } from './check.ts';
import { create } from './create.ts';
import { decrypt } from './decrypt.ts';
import { deleteAttribute } from './delete-attribute.ts';
import { destroy } from './destroy.ts';
import { discoverVersions } from './discover-versions.ts';
import { encrypt } from './encrypt.ts';
import { getAttributeList } from './get-attribute-list.ts';
import { getAttributes } from './get-attributes.ts';
import { get } from './get.ts';
import { locate } from './locate.ts';
import { modifyAttribute } from './modify-attribute.ts';
import type { PayloadCodec } from './payload-codec.ts';
import { query } from './query.ts';
import { reKey } from './re-key.ts';
import { register } from './register.ts';
import { revoke } from './revoke.ts';
import { setAttribute } from './set-attribute.ts';

/** Every operation whose payloads can be read and written, by its Operation enumeration. */
export const PAYLOADS: ReadonlyMap<number, PayloadCodec<unknown, unknown>> = new Map(
  [
    activate,
    addAttribute,
    check,
    create,
    decrypt,
    deleteAttribute,
    destroy,
    discoverVersions,
    encrypt,
    get,
    getAttributeList,
    getAttributes,
    locate,
    modifyAttribute,
    query,
    reKey,
    register,
    revoke,
    setAttribute,
  ].map((codec: PayloadCodec<unknown, unknown>) => [codec.operation, codec]),
);
