/**
 * A protocol version as one number, major times ten plus minor, so that versions compare with `<`: 1.4 is 14, 2.0 is 20.
 */
export type KmipVersion = 10 | 11 | 12 | 13 | 14 | 20 | 21;

/** Every version spoken here, the newest first: the order Discover Versions answers in. */
export const KMIP_VERSIONS: readonly KmipVersion[] = [21, 20, 14, 13, 12, 11, 10];

/** True for versions whose attributes come in Attributes structures and whose result reasons are the finer ones. */
export function isVersion2(version: KmipVersion): boolean {
  return version >= 20;
}

/** The version with these two numbers, when it is one that is spoken here. */
export function kmipVersion(major: number, minor: number): KmipVersion | undefined {
  return KMIP_VERSIONS.find((version) => version === major * 10 + minor && minor < 10);
}

/** `2.1` */
export function versionText(version: KmipVersion): string {
  return `${Math.floor(version / 10)}.${version % 10}`;
}
