import type { AttributeName } from '../../kmip/attributes/attribute-name.ts';
import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { TtlvValue } from '../../kmip/attributes/value.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  DRBG_ALGORITHM,
  KEY_FORMAT_TYPE,
  OBJECT_TYPE,
  RNG_ALGORITHM,
} from '../../kmip/tables/enumerations.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import type { KeyState } from '../../vault/index.ts';
import { KEY_STATE } from './key-state.ts';
import type { NewKeySpec } from './local-keys.ts';

export interface NewKeyFacts {
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The service's policy: its keys are Active from birth. */
  readonly activateOnCreate: boolean;
}

/**
 * All attributes of a new symmetric key, those first that a server must set (KMIP 1.4 §3), and its state. A key is born
 * Active when its Activation Date has come (KMIP 1.4 §3.22), or when the policy says so and the client has asked for no
 * later date.
 */
export function attributesOfNewKey(
  spec: NewKeySpec,
  facts: NewKeyFacts,
): { readonly attributes: AttributeSet; readonly state: KeyState } {
  const seconds = BigInt(Math.floor(facts.now / 1000));
  const activation = spec.activationDate ?? spec.attributes.date('Activation Date');
  const activationDate = activation ?? (facts.activateOnCreate ? seconds : undefined);
  const active = activationDate !== undefined && activationDate <= seconds;
  const state = active ? KEY_STATE.active : KEY_STATE.preActive;
  const now: TtlvValue = { type: 'dateTime', value: seconds };
  const sensitive = spec.attributes.boolean('Sensitive') ?? false;
  const extractable = spec.attributes.boolean('Extractable') ?? true;

  const ours: readonly (readonly [AttributeName, TtlvValue])[] = [
    ['Unique Identifier', { type: 'textString', value: facts.uid }],
    ['Object Type', enumeration(OBJECT_TYPE.symmetricKey)],
    ['Cryptographic Algorithm', enumeration(CRYPTOGRAPHIC_ALGORITHM.aes)],
    ['Cryptographic Length', { type: 'integer', value: spec.length }],
    ['Key Format Type', enumeration(KEY_FORMAT_TYPE.raw)],
    ['State', enumeration(state)],
    ['Initial Date', now],
    ['Original Creation Date', now],
    ['Last Change Date', now],
    ...dateIfAny('Activation Date', activationDate),
    ['Sensitive', boolean(sensitive)],
    ['Always Sensitive', boolean(sensitive)],
    ['Extractable', boolean(extractable)],
    ['Never Extractable', boolean(!extractable)],
    ['Key Value Present', boolean(true)],
    ['Random Number Generator', RANDOM_NUMBER_GENERATOR],
    ['Operation Policy Name', operationPolicy(spec.attributes)],
  ];
  const set = new Set<string>(ours.map(([name]) => name));
  const attributes = AttributeSet.of([
    ...ours.map(([name, value]) => ({ name, value })),
    ...[...spec.attributes].filter(({ name }) => !set.has(name)),
  ]);
  return { attributes, state };
}

/** OpenSSL's: CTR_DRBG with AES-256 (SP 800-90A). */
const RANDOM_NUMBER_GENERATOR: TtlvValue = {
  type: 'structure',
  fields: [
    { tag: TAG.rngAlgorithm, value: enumeration(RNG_ALGORITHM.drbg) },
    { tag: TAG.cryptographicAlgorithm, value: enumeration(CRYPTOGRAPHIC_ALGORITHM.aes) },
    { tag: TAG.cryptographicLength, value: { type: 'integer', value: 256 } },
    { tag: TAG.drbgAlgorithm, value: enumeration(DRBG_ALGORITHM.ctr) },
  ],
};

/** 1.x alone knows it; some clients want back what they have set. */
function operationPolicy(attributes: AttributeSet): TtlvValue {
  return attributes.get('Operation Policy Name') ?? { type: 'textString', value: 'default' };
}

function dateIfAny(
  name: AttributeName,
  date: bigint | undefined,
): readonly (readonly [AttributeName, TtlvValue])[] {
  return date === undefined ? [] : [[name, { type: 'dateTime', value: date }]];
}

function enumeration(value: number): TtlvValue {
  return { type: 'enumeration', value };
}

function boolean(value: boolean): TtlvValue {
  return { type: 'boolean', value };
}
