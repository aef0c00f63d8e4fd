import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';

/** There are 14 bits of a mask; more masks than that name nothing new. */
const MAXIMUM_MASKS = 16;

/** Reads the optional Protection Storage Masks of 2.x (KMIP 2.1 §7.33), most preferred first. */
export function readStorageMasks(
  reader: TtlvReader,
  version: KmipVersion,
): readonly number[] | undefined {
  if (!isVersion2(version) || !reader.has(TAG.protectionStorageMasks)) return undefined;
  reader.enter(TAG.protectionStorageMasks);
  const storageMasks: number[] = [];
  while (reader.has(TAG.protectionStorageMask)) {
    if (storageMasks.length >= MAXIMUM_MASKS) {
      throw new KmipFailure('invalidField', 'too many protection storage masks');
    }
    storageMasks.push(reader.integer(TAG.protectionStorageMask));
  }
  reader.leave();
  return storageMasks;
}

export function writeStorageMasks(
  writer: TtlvWriter,
  storageMasks: readonly number[] | undefined,
  version: KmipVersion,
): void {
  if (!isVersion2(version) || storageMasks === undefined) return;
  writer.begin(TAG.protectionStorageMasks);
  for (const mask of storageMasks) writer.integer(TAG.protectionStorageMask, mask);
  writer.end();
}
