import { parseProfiles, ProfilesError, type ProfileProblem } from '../../../src/profile/index.ts';

/** A file with `▸` where a problem is expected: the text without the marks, and their places. */
export function marked(text: string): { bytes: Uint8Array; places: string[] } {
  const places: string[] = [];
  const clean = text.split('\n').map((line, index) => {
    const [first = '', ...rest] = line.split('▸');
    let before = first;
    for (const part of rest) {
      places.push(`${index + 1}:${before.length + 1}`);
      before += part;
    }
    return before;
  });
  return { bytes: Buffer.from(clean.join('\n')), places };
}

/** The error that a file with mistakes ends in. */
export function errorOf(bytes: Uint8Array): ProfilesError {
  try {
    parseProfiles(bytes, 'Profiles.yaml');
  } catch (error) {
    if (error instanceof ProfilesError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

export function problemsOf(bytes: Uint8Array): readonly ProfileProblem[] {
  return errorOf(bytes).problems;
}

/** A list file of one profile with these sections of `API`, each line indented by four. */
export function profileWith(api: string): string {
  return `- Name: P\n  Settings: {CryptoLibrary: native}\n  API:\n${api}`;
}

/** A valid SignCertificate section, some lines of it exchanged by their key. */
export function signCertificate(changes: Readonly<Record<string, string>> = {}): string {
  const lines = {
    SignAlg: 'ecdsa',
    HashAlg: 'sha-512',
    SKIHashAlg: 'sha-256',
    Validity: '{ValidNotBeforeOffset: -1h, ValidNotAfterOffset: 8760h}',
    KeyConstraints:
      '{Subject: {ECDSA: {MinKeySize: 256, MaxKeySize: 521}}, Issuer: {ECDSA: {MinKeySize: 384, MaxKeySize: 521}}}',
    KeyUsage: '[digitalSignature]',
    ExtendedKeyUsage: '[clientAuth]',
    BasicConstraints: '{CA: false}',
    ...changes,
  };
  const body = Object.entries(lines).map(([key, value]) => `      ${key}: ${value}`);
  return profileWith(`    SignCertificate:\n${body.join('\n')}\n`);
}
