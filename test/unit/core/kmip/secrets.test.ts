import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { decrypt } from '../../../../src/kmip/payloads/decrypt.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { BLOCK_CIPHER_MODE } from '../../../../src/kmip/tables/enumerations.ts';
import { openNative, openPure } from '../../../support/providers.ts';
import { CoreSide, messageOf, named } from './support/core-side.ts';
import { aesKey, secretData } from './support/objects.ts';

describe.each([
  ['pure', openPure],
  ['native', openNative],
] as const)('over the %s provider', (_name, open) => {
  it('a registered key is in no file, no log line and no answer but that of Get', async () => {
    const core = new CoreSide(await open());
    core.addService();
    const canaries = [randomBytes(32), randomBytes(96)] as const;
    const { uid, told } = await core.ask(14, register, aesKey(Uint8Array.from(canaries[0])));
    const secret = await core.ask(14, register, secretData(Uint8Array.from(canaries[1]), 2, 0));
    await core.ask(14, activate, { uid: named(uid) });
    const parameters = { blockCipherMode: BLOCK_CIPHER_MODE.ecb };
    const data = new Uint8Array(16);
    const used = await core.ask(14, encrypt, { uid: named(uid), parameters, data });
    const refused = await core.tell(14, register, {
      ...aesKey(Uint8Array.from(canaries[0]), []),
      attributes: aesKey(new Uint8Array(16)).attributes,
    });
    expect(refused.answer.succeeded).toBe(false);
    const texts = [told, secret.told, used.told, refused].flatMap((one) => [
      Buffer.from(one.answer.response),
      Buffer.from(JSON.stringify(one.directives, (_key, value: unknown) => plain(value))),
    ]);
    const files = readdirSync(core.directory).map((file) =>
      readFileSync(join(core.directory, file)),
    );
    expect(files.length).toBeGreaterThan(0);
    const places = [...texts, ...files, Buffer.from(core.log.text())];
    for (const canary of canaries) {
      for (const form of [canary, canary.toString('hex'), canary.toString('base64')]) {
        expect(places.filter((place) => place.includes(form))).toEqual([]);
      }
    }
    // The search would find one.
    const { told: got } = await core.ask(14, get, { uid: named(uid) });
    expect(Buffer.from(got.answer.response).includes(canaries[0])).toBe(true);
  });

  it('answers that hold a key or a plaintext are wiped once they were handed on', async () => {
    const core = new CoreSide(await open());
    core.addService();
    const canary = randomBytes(32);
    const { uid } = await core.ask(14, register, aesKey(Uint8Array.from(canary)));
    await core.ask(14, activate, { uid: named(uid) });
    const parameters = { blockCipherMode: BLOCK_CIPHER_MODE.ecb };
    const data = new Uint8Array(16);
    for (const request of [
      messageOf(14, get, { uid: named(uid) }),
      messageOf(14, decrypt, { uid: named(uid), parameters, data }),
    ]) {
      const client = {
        ...{ tenantId: 'acme', serviceId: 'orders', operations: undefined, name: 'tester' },
        spkiSha256: new Uint8Array(32),
      };
      const call = { client, request, deadline: 1000, correlationId: '' };
      const answer = await core.executor.execute(call, core.work());
      expect([answer.succeeded, answer.secret]).toEqual([true, true]);
      expect(answer.response.some((byte) => byte !== 0)).toBe(true);
      answer.release();
      expect(answer.response.every((byte) => byte === 0)).toBe(true);
    }
  });
});

/** Bytes as text, and numbers that JSON has not. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
