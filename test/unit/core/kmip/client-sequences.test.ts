import { describe, expect, it } from 'vitest';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import { openNative, openPure } from '../../../support/providers.ts';
import { CoreSide, named } from './support/core-side.ts';
import { aesKey, counting, secretData } from './support/objects.ts';

describe.each([
  ['pure', openPure],
  ['native', openNative],
] as const)('a client of the core with the %s provider', (_name, open) => {
  const begin = async (): Promise<CoreSide> => {
    const core = new CoreSide(await open());
    core.addService();
    return core;
  };

  it('is MongoDB with client-side encryption: a seed of 96 bytes, registered, activated, read', async () => {
    const core = await begin();
    const { uid } = await core.ask(10, register, secretData(counting(96), 2, 0));
    expect(await core.ask(10, activate, { uid: named(uid) })).toMatchObject({ uid });
    const { object, told } = await core.ask(10, get, { uid: named(uid) });
    expect(object).toMatchObject({ kind: 'secret-data', secretDataType: 2 });
    expect(object.kind === 'secret-data' && object.keyBlock).toMatchObject({
      keyFormatType: 2,
      keyMaterial: Buffer.from(counting(96)),
    });
    expect(told.answer.secret).toBe(true);
    expect(told.directives).toMatchObject([{ directive: { $case: 'put', value: { uid } } }]);
  });

  it('is Percona Server for MongoDB: a master key, its state polled before it is read', async () => {
    const core = await begin();
    const { uid } = await core.ask(10, register, aesKey(counting(32)));
    await core.ask(10, activate, { uid: named(uid) });
    const { attributes } = await core.ask(10, getAttributes, {
      ...{ uid: named(uid), names: ['State'] },
    });
    expect([...attributes].map(({ name }) => name)).toEqual(['State']);
    expect(attributes.enumeration('State')).toBe(2);
    const { object } = await core.ask(10, get, { uid: named(uid) });
    expect(object.kind === 'symmetric-key' && object.keyBlock).toMatchObject({
      keyFormatType: 1,
      keyMaterial: Buffer.from(counting(32)),
      cryptographicAlgorithm: 3,
      cryptographicLength: 256,
      keyWrappingData: undefined,
    });
  });

  it('is MySQL: a key revoked for no reason and destroyed', async () => {
    const core = await begin();
    const { uid } = await core.ask(11, register, aesKey(counting(32)));
    await core.ask(11, activate, { uid: named(uid) });
    expect(await core.refusal(11, destroy, { uid: named(uid) })).toBe('Permission Denied');
    await core.ask(11, revoke, { uid: named(uid), reasonCode: 1 });
    await core.ask(11, destroy, { uid: named(uid) });
    expect(await core.refusal(11, get, { uid: named(uid) })).toBe('Item Not Found');
  });
});
