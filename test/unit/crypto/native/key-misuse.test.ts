import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { NativeHandle } from '../../../../src/addon/addon.ts';
import { expectFailure, failureOf } from '../../../support/failures.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { startedAddon, untyped } from './raw-addon.ts';

const addon = startedAddon();
const raw = untyped(addon);

const POINT = 97;
const SPKI = 120;
const WRAPPED = 40;
const WRAPPED_SIGNING_KEY = 200;
const CHECK_VALUE = 8;
const MAC = 32;

const parent = addon.kekGenerate(256);
const serviceKey = addon.serviceKeyGenerate(parent, room(WRAPPED), room(CHECK_VALUE));
const publicKey = room(SPKI);
const sealingKey = addon.sealingKeyGenerate(publicKey);
const signingKey = addon.signingKeyGenerate(parent, room(WRAPPED_SIGNING_KEY), room(SPKI));
const header = room(10);
const output = room(64 + WRAPPED);
addon.dataKeyCreate(serviceKey, 256, header, output);
const digest = output.slice(0, 32);
const mac = output.slice(32, 64);
const wrapped = output.slice(64);
const row = [serviceKey, wrapped, digest, mac, header] as const;
const cipher = [2, false, room(12), room(0), 16] as const;

/** Every function on keys with arguments it takes, and how many bytes those must have that have one length alone. */
const CALLS: readonly (readonly [string, readonly unknown[], Readonly<Record<number, number>>])[] =
  [
    ['kekGenerateChild', [parent, room(WRAPPED)], { 1: WRAPPED }],
    ['kekUnwrapChild', [parent, childForm()], {}],
    [
      'serviceKeyGenerate',
      [parent, room(WRAPPED), room(CHECK_VALUE)],
      { 1: WRAPPED, 2: CHECK_VALUE },
    ],
    ['serviceKeyUnwrap', [parent, childForm(), room(CHECK_VALUE)], { 2: CHECK_VALUE }],
    [
      'serviceKeySeal',
      [serviceKey, publicKey, header, room(POINT), room(WRAPPED)],
      { 1: SPKI, 3: POINT, 4: WRAPPED },
    ],
    ['serviceKeyOpen', [sealingKey, ...sealed(), header, room(CHECK_VALUE)], { 4: CHECK_VALUE }],
    ['sealingKeyGenerate', [room(SPKI)], { 0: SPKI }],
    [
      'signingKeyGenerate',
      [parent, room(WRAPPED_SIGNING_KEY), room(SPKI)],
      { 1: WRAPPED_SIGNING_KEY, 2: SPKI },
    ],
    ['signingKeyUnwrap', [parent, signingKeyForm(), room(SPKI)], { 2: SPKI }],
    ['signingKeySign', [signingKey, header], {}],
    ['signingKeyVerify', [publicKey, header, room(96)], { 0: SPKI }],
    ['dataKeyCreate', [serviceKey, 256, header, output], {}],
    ['dataKeyWrap', [serviceKey, room(32), header, output], {}],
    ['dataKeyAdopt', [serviceKey, wrapped, header, output], {}],
    ['dataKeyRebind', [...row, header, room(MAC)], { 6: MAC }],
    ['dataKeyBind', [serviceKey, wrapped, digest, header, room(MAC)], { 2: MAC, 4: MAC }],
    ['dataKeyVerify', row, {}],
    ['dataKeyRead', [...row, room(40), 4], {}],
    ['dataKeyEncrypt', [...row, ...cipher, header], {}],
  ];

describe.each(CALLS)('%s', (name, good, lengths) => {
  const call = (changes: Readonly<Record<number, unknown>> = {}): unknown => {
    const values = good.map((value, i) => (i in changes ? changes[i] : value));
    return raw[name]?.(...values);
  };

  it('takes what it should', () => {
    expect(() => call()).not.toThrow();
  });

  it('refuses arguments of another kind, and missing ones', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(WRAPPED));
    const detached = new Uint8Array(WRAPPED);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const i of good.keys()) {
      for (const wrong of [undefined, null, 'x', {}, 0.5, [1], shared, detached, new Map()]) {
        const refused = await failureOf(() => call({ [i]: wrong }));
        expect(refused.code, `argument ${i}`).toBe('INPUT_INVALID');
      }
    }
    await expectFailure(() => raw[name]?.(), 'INPUT_INVALID');
  });

  it('refuses handles to keys of another kind', async () => {
    for (const [i, value] of good.entries()) {
      if (typeof value !== 'object' || value instanceof Uint8Array) continue;
      for (const other of [parent, serviceKey, sealingKey, signingKey]) {
        if (other === value) continue;
        await expectFailure(() => call({ [i]: other }), 'INPUT_INVALID');
      }
    }
  });

  it('refuses buffers of other lengths than the one there can be', async () => {
    for (const [i, length] of Object.entries(lengths)) {
      for (const other of [0, length - 1, length + 1]) {
        await expectFailure(() => call({ [Number(i)]: room(other) }), 'INPUT_INVALID');
      }
    }
  });
});

describe('buffers for a new data key', () => {
  it('have room for digest, MAC and wrapped form', async () => {
    const create = (length: number) => () =>
      addon.dataKeyCreate(serviceKey, 256, header, room(length));
    for (const length of [0, 63]) await expectFailure(create(length), 'INPUT_INVALID');
    for (const length of [64, 64 + WRAPPED - 1]) {
      await expectFailure(create(length), 'OUTPUT_TOO_SMALL');
    }
    expect(create(64 + WRAPPED)()).toBe(WRAPPED);
  });
});

describe('files of sealing keys', () => {
  it('have a path and, if any, a passphrase in bytes', async () => {
    const path = join(scratchDirectory(), 'key');
    for (const wrong of [undefined, null, 7, {}, Buffer.from(path), '', 'a\0b', 'x'.repeat(4097)]) {
      await expectFailure(
        () => raw['sealingKeySave']?.(sealingKey, wrong, undefined),
        'INPUT_INVALID',
      );
      await expectFailure(
        () => raw['sealingKeyLoad']?.(wrong, undefined, room(SPKI)),
        'INPUT_INVALID',
      );
    }
    for (const wrong of [null, 'a passphrase', 7, {}]) {
      await expectFailure(() => raw['sealingKeySave']?.(sealingKey, path, wrong), 'INPUT_INVALID');
      await expectFailure(() => raw['sealingKeyLoad']?.(path, wrong, room(SPKI)), 'INPUT_INVALID');
    }
    for (const wrong of [parent, serviceKey, signingKey, undefined]) {
      await expectFailure(() => raw['sealingKeySave']?.(wrong, path, undefined), 'INPUT_INVALID');
    }
  });
});

describe('keys', () => {
  it('are dropped by the function of their kind alone', async () => {
    const drops = {
      kekDrop: parent,
      serviceKeyDrop: serviceKey,
      sealingKeyDrop: sealingKey,
      signingKeyDrop: signingKey,
    };
    for (const [drop, own] of Object.entries(drops)) {
      for (const other of Object.values(drops)) {
        if (other !== own) await expectFailure(() => raw[drop]?.(other), 'INPUT_INVALID');
      }
    }
    addon.dataKeyVerify(...row);
  });

  it('free their key memory when they are dropped', () => {
    for (let i = 0; i < 20_000; i++) addon.serviceKeyDrop(newServiceKey());
    for (let i = 0; i < 50; i++) {
      addon.sealingKeyDrop(addon.sealingKeyGenerate(room(SPKI)));
    }
    addon.dataKeyVerify(...row);
  });

  it('beyond the key memory are refused, and those that exist go on working', async () => {
    const handles: NativeHandle[] = [];
    const fill = () => {
      for (;;) handles.push(newServiceKey());
    };
    expect(await failureOf(fill)).toMatchObject({ code: 'INTERNAL' });
    expect(handles.length).toBeGreaterThan(300);
    addon.dataKeyCreate(serviceKey, 256, header, output);
    expect(addon.dataKeyRead(...row, room(32), 0)).toBe(32);
    for (const handle of handles) addon.serviceKeyDrop(handle);
    addon.serviceKeyDrop(newServiceKey());
  });
});

function newServiceKey(): NativeHandle {
  return addon.serviceKeyGenerate(parent, room(WRAPPED), room(CHECK_VALUE));
}

function room(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}

function childForm(): Uint8Array {
  const form = room(WRAPPED);
  addon.kekGenerateChild(parent, form);
  return form;
}

function signingKeyForm(): Uint8Array {
  const form = room(WRAPPED_SIGNING_KEY);
  addon.signingKeyGenerate(parent, form, room(SPKI));
  return form;
}

function sealed(): [Uint8Array, Uint8Array] {
  const [ephemeral, form] = [room(POINT), room(WRAPPED)];
  addon.serviceKeySeal(serviceKey, publicKey, header, ephemeral, form);
  return [ephemeral, form];
}
