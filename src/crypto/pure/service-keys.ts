import type { ServiceKeys } from '../provider.ts';
import { parentBytes, unwrapChild, wrapChild } from './child-keys.ts';
import { loadSealingKey, saveSealingKey } from './sealing-key-file.ts';
import { KeyObjectSealingKey, openSealed, sealTo } from './sealing-key.ts';
import { BufferServiceKey } from './service-key.ts';

/** Service keys over node:crypto. */
export const pureServiceKeys: ServiceKeys = {
  generate(parent) {
    const parentKey = parentBytes(parent);
    const key = BufferServiceKey.generate();
    return { key, wrapped: wrapChild(parentKey, BufferServiceKey.bytesOf(key).kek) };
  },
  unwrap: (parent, wrapped) => BufferServiceKey.takeOver(unwrapChild(parentBytes(parent), wrapped)),
  seal: (key, recipient, context) => sealTo(recipient, BufferServiceKey.bytesOf(key).kek, context),
  open: (recipient, sealed, context) =>
    BufferServiceKey.takeOver(
      openSealed(KeyObjectSealingKey.privateKeyOf(recipient), sealed, context),
    ),
  generateSealingKey: () => KeyObjectSealingKey.generate(),
  saveSealingKey,
  loadSealingKey,
};
