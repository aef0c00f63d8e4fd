import { KEY_ALGORITHMS } from '../crypto/algorithms.ts';
import type { KeyConstraints } from '../crypto/provider.ts';
import type { Profile } from '../profile/index.ts';

type Fact = readonly [name: string, value: string | undefined];

/** The algorithms a profile uses, in the order of its operations. */
export function profileAlgorithms({
  hashData,
  signCertificate,
  encryptData,
  signData,
}: Profile): string[] {
  return [
    hashData?.algorithm,
    signCertificate?.descriptorAlgorithm,
    encryptData && `${encryptData.algorithm} ${encryptData.keyBits}`,
    signData && signingAlgorithm(signData),
  ].filter((name) => name !== undefined);
}

/** Everything a profile decides, as names and values; what it leaves out has no value. */
export function profileFacts(profile: Profile): Fact[] {
  const { name, deprecation } = profile;
  return [
    ['name', name],
    ...deprecationFacts(deprecation),
    ['HashData', profile.hashData?.algorithm],
    ...certificateFacts(profile.signCertificate),
    ...encryptionFacts(profile.encryptData),
    ['SignData', profile.signData && signingAlgorithm(profile.signData)],
    ['  mode', profile.signData?.mode],
  ];
}

function deprecationFacts(deprecation: Profile['deprecation']): Fact[] {
  if (deprecation === undefined) return [];
  return [
    ['deprecated', deprecation.reason ?? 'yes'],
    ['  since', deprecation.deprecatedSince],
    ['  replaced by', deprecation.replacedBy],
    ['  removed after', deprecation.removeAfter],
  ];
}

function certificateFacts(certificate: Profile['signCertificate']): Fact[] {
  if (certificate === undefined) return [];
  const { policy } = certificate;
  const { ca, pathLength } = policy.basicConstraints;
  return [
    ['SignCertificate', certificate.descriptorAlgorithm],
    ['  not before', `${fromIssuing(policy.notBeforeOffset)} at the earliest`],
    ['  not after', `${fromIssuing(policy.notAfterOffset)} at the latest`],
    ['  subject keys', constraints(policy.subjectKey)],
    ['  issuer keys', constraints(policy.issuerKey)],
    ['  key usage', policy.keyUsage.join(', ')],
    ['  extended key usage', policy.extendedKeyUsage.join(', ') || 'none'],
    [
      '  CA',
      ca
        ? `yes, ${pathLength === undefined ? 'no path length limit' : `path length ${pathLength}`}`
        : 'no',
    ],
    ['  key identifier', policy.skiDigest],
  ];
}

function encryptionFacts(encryption: Profile['encryptData']): Fact[] {
  if (encryption === undefined) return [];
  const { algorithm, keyBits, tagBits } = encryption;
  return [
    ['EncryptData', `${algorithm}, key of ${keyBits} bits`],
    ['  tag', `${tagBits} bits`],
  ];
}

function signingAlgorithm({ algorithm, digest }: NonNullable<Profile['signData']>): string {
  return digest === undefined ? algorithm : `${algorithm} with ${digest}`;
}

function constraints(allowed: KeyConstraints): string {
  const kinds = KEY_ALGORITHMS.flatMap((kind) => {
    const range = allowed[kind];
    return range === undefined ? [] : [`${kind} ${range.min} to ${range.max} bits`];
  });
  return kinds.join(', ') || 'none';
}

/** An offset in seconds from the time of issuing, in words: `1h before issuing`, `8760h30m after issuing`. */
function fromIssuing(offset: number): string {
  const size = Math.abs(offset);
  const parts = [
    [Math.floor(size / 3600), 'h'],
    [Math.floor(size / 60) % 60, 'm'],
    [size % 60, 's'],
  ] as const;
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  if (offset === 0) return 'the time of issuing';
  return `${text.join('')} ${offset < 0 ? 'before' : 'after'} issuing`;
}
