import { expect } from 'vitest';
import type { ServicePolicy } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet, type NewAttribute } from '../../../src/kmip/attributes/attribute-set.ts';
import { FAILURES, type Failure } from '../../../src/kmip/failure.ts';
import { create } from '../../../src/kmip/payloads/create.ts';
import { CRYPTOGRAPHIC_ALGORITHM, OBJECT_TYPE } from '../../../src/kmip/tables/enumerations.ts';
import { isVersion2, type KmipVersion } from '../../../src/kmip/version.ts';
import { openPure } from '../providers.ts';
import { openKeySide, type KeySide, type KeySideOptions } from './key-side.ts';
import { kmipAsker, type Answered, type KmipAsker } from './kmip-asker.ts';
import { POLICY } from './test-core.ts';
import { ScriptedCore } from './scripted-core.ts';

export { answered, item, type Answered, type Asked, type AskOptions } from './kmip-asker.ts';

/** A Gateway's KMIP side as a connected client meets it: real engine, real keys, a scripted Core. */
export interface KmipSide extends KmipAsker {
  readonly side: KeySide;
  readonly core: ScriptedCore;
  /** Makes a key and gives its Unique Identifier. */
  make(version?: KmipVersion, extra?: readonly NewAttribute[]): Promise<string>;
  /** The link goes to another state. */
  link(state: 'linked' | 'stale' | 'cut'): void;
}

export interface KmipSideOptions extends KeySideOptions {
  readonly policy?: Partial<ServicePolicy>;
  /** Policies of further services. */
  readonly others?: readonly ServicePolicy[];
}

export async function openKmipSide(options: KmipSideOptions = {}): Promise<KmipSide> {
  const side = await openKeySide(await openPure(), options);
  await side.join([{ ...POLICY, ...options.policy }, ...(options.others ?? [])]);
  const core = new ScriptedCore();
  const { client, clock, log: logger } = side;
  const asker = kmipAsker({ ...side, uplink: core }, { client, clock, logger });
  return {
    ...{ ...asker, side, core },
    make: async (version = 14, extra = []) => {
      const request = { objectType: OBJECT_TYPE.symmetricKey, attributes: aes(256, extra) };
      return (await asker.one(version, create, request)).read(create).uid;
    },
    link: (state) => {
      core.state = state;
      side.link(state);
    },
  };
}

/** The attributes of a new AES key, for encryption and decryption. */
export function aes(length: number, extra: readonly NewAttribute[] = []): AttributeSet {
  return AttributeSet.of([
    {
      name: 'Cryptographic Algorithm',
      value: { type: 'enumeration', value: CRYPTOGRAPHIC_ALGORITHM.aes },
    },
    { name: 'Cryptographic Length', value: { type: 'integer', value: length } },
    { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: 12 } },
    ...extra,
  ]);
}

/** Asserts that an item failed in exactly this way, as the version's family says it. */
export function expectFailure(
  answer: Answered,
  version: KmipVersion,
  failure: Failure,
  message?: string,
): void {
  expect(answer).toMatchObject({
    status: 1,
    reason: FAILURES[failure][isVersion2(version) ? 1 : 0],
    ...(message === undefined ? {} : { message }),
  });
}

/** A request names its object so. */
export const uidOf = (uid: string) => ({ kind: 'text', uid }) as const;
export const PLACEHOLDER = { kind: 'placeholder' } as const;

/** One version of each family and its ends. */
export const FAMILIES: readonly KmipVersion[] = [10, 14, 20, 21];
