import type { Path, YamlFile } from '../config/yaml/yaml-file.ts';
import { CURVES } from '../crypto/algorithms.ts';
import type { KeyConstraints } from '../crypto/provider.ts';
import { ProblemList, type ProfileWarning } from './problem.ts';
import type { CertificateProfile, Profile } from './profile.ts';

/**
 * What a valid file says and its author probably did not mean. The original accepts all of it, so it is no error here:
 * such a file keeps working, and the log says what to look at.
 */
export function fileWarnings(
  file: YamlFile,
  profilesPath: Path,
  profiles: readonly Profile[],
): readonly ProfileWarning[] {
  const warnings = new ProblemList(file);
  if (profilesPath.length > 0) warnAboutKms(file, ['Settings', 'KMS'], warnings);
  for (const [index, { signCertificate }] of profiles.entries()) {
    const path = [...profilesPath, index];
    warnAboutKms(file, [...path, 'KMS'], warnings);
    if (signCertificate !== undefined) {
      const section = [...path, 'API', 'SignCertificate'];
      warnAboutCertificates(file, section, signCertificate, warnings);
    }
  }
  return warnings.sorted();
}

function warnAboutKms(file: YamlFile, path: Path, warnings: ProblemList): void {
  if (file.has(path)) warnings.addKey(path, 'KMS is not used by this version');
}

function warnAboutCertificates(
  file: YamlFile,
  path: Path,
  { policy }: CertificateProfile,
  warnings: ProblemList,
): void {
  if (!file.has([...path, 'SKIHashAlg'])) {
    warnings.addKey(path, 'SKIHashAlg is not set: sha-1 is used, which is deprecated');
  }
  if (policy.notAfterOffset <= 0) {
    const place = [...path, 'Validity', 'ValidNotAfterOffset'];
    warnings.addValue(place, 'every certificate has ended when it is issued');
  }
  if (!allowsAnyKey({ [policy.signatureKey]: policy.issuerKey[policy.signatureKey] })) {
    const place = [...path, 'KeyConstraints', 'Issuer'];
    const message = `no certificate can be issued: SignAlg asks for an ${policy.signatureKey} key and Issuer allows none`;
    warnings.addKey(place, message);
  }
  if (!allowsAnyKey(policy.subjectKey)) {
    const place = [...path, 'KeyConstraints', 'Subject'];
    warnings.addKey(place, 'no certificate can be issued: Subject allows no key that exists');
  }
  const signsCertificates = policy.keyUsage.includes('keyCertSign');
  if (policy.basicConstraints.ca && !signsCertificates) {
    warnings.addKey(
      [...path, 'BasicConstraints'],
      'CA is true and KeyUsage lacks keyCertSign: the CA could sign nothing (RFC 5280 §4.2.1.9)',
    );
  }
  if (!policy.basicConstraints.ca && signsCertificates) {
    warnings.addKey(
      [...path, 'KeyUsage'],
      'keyCertSign without CA: true, which RFC 5280 §4.2.1.9 forbids',
    );
  }
}

/** True when some key of a listed kind has an allowed size: any RSA modulus, or one of the curves. */
function allowsAnyKey(constraints: {
  readonly [algorithm in keyof KeyConstraints]: KeyConstraints[algorithm] | undefined;
}): boolean {
  const { RSA: rsa, ECDSA: ecdsa } = constraints;
  const anyCurve = CURVES.some(
    ({ bits }) => ecdsa !== undefined && bits >= ecdsa.min && bits <= ecdsa.max,
  );
  return anyCurve || (rsa !== undefined && rsa.max > 0);
}
