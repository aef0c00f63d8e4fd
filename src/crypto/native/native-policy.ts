import { SIGNATURE_DIGESTS, SKI_DIGESTS } from '../algorithms.ts';
import {
  EXTENDED_KEY_USAGES,
  KEY_USAGES,
  type CertificatePolicy,
  type KeySizeRange,
} from '../provider.ts';
import type { NativeAddon, NativeHandle, NativePolicy } from '../../addon/addon.ts';

/** The part of the addon that compiles. */
export type PolicyAddon = Pick<NativeAddon, 'compilePolicy'>;

/** Compiles policies for the core, each once: a profile's policy is one object for as long as the profile is in use. */
export class PolicyCompiler {
  readonly #addon: PolicyAddon;
  readonly #compiled = new WeakMap<CertificatePolicy, NativeHandle>();

  constructor(addon: PolicyAddon) {
    this.#addon = addon;
  }

  compile(policy: CertificatePolicy): NativeHandle {
    let handle = this.#compiled.get(policy);
    if (handle === undefined) {
      handle = this.#addon.compilePolicy(toNativePolicy(policy));
      this.#compiled.set(policy, handle);
    }
    return handle;
  }
}

function toNativePolicy(policy: CertificatePolicy): NativePolicy {
  return {
    signatureKey: policy.signatureKey === 'RSA' ? 0 : 1,
    signatureDigest: SIGNATURE_DIGESTS.indexOf(policy.signatureDigest),
    notBeforeOffset: policy.notBeforeOffset,
    notAfterOffset: policy.notAfterOffset,
    subjectRsa: toPair(policy.subjectKey.RSA),
    subjectEc: toPair(policy.subjectKey.ECDSA),
    issuerRsa: toPair(policy.issuerKey.RSA),
    issuerEc: toPair(policy.issuerKey.ECDSA),
    keyUsage: policy.keyUsage.reduce((bits, usage) => bits | (1 << KEY_USAGES.indexOf(usage)), 0),
    extendedKeyUsage: policy.extendedKeyUsage.map((usage) => EXTENDED_KEY_USAGES.indexOf(usage)),
    ca: policy.basicConstraints.ca,
    pathLength: policy.basicConstraints.pathLength ?? -1,
    skiDigest: SKI_DIGESTS.indexOf(policy.skiDigest),
  };
}

/** [0, 0] stands for "not allowed". */
function toPair(range: KeySizeRange | undefined): [number, number] {
  return range === undefined ? [0, 0] : [range.min, range.max];
}
