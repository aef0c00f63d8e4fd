import { enumerationFacts, maskFacts, tagFacts } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import { tagText, TYPE } from '../ttlv/types.ts';

/** Characters and bytes of one value that are printed. */
const LONGEST_TEXT = 256;
const LONGEST_BYTES = 64;

/** Fields whose number is a tag. */
const TAG_VALUED: ReadonlySet<number> = new Set<number>([
  TAG.attributeReference,
  TAG.tag,
  TAG.extensionTag,
  TAG.extensionParentStructureTag,
]);

/** Reads the value at the cursor and says it in print; `meaning` is the tag whose names and masks it uses. */
export function valueText(reader: TtlvReader, meaning: number): string {
  const tag = reader.nextTag();
  switch (reader.nextType()) {
    case TYPE.integer:
      return integerText(meaning, reader.integer(tag));
    case TYPE.longInteger:
      return String(reader.longInteger(tag));
    case TYPE.enumeration:
      return enumerationText(meaning, reader.enumeration(tag));
    case TYPE.boolean:
      return String(reader.boolean(tag));
    case TYPE.textString:
      return printable(reader.text(tag));
    case TYPE.byteString:
      return bytesText(reader.byteString(tag));
    case TYPE.dateTime:
      return dateText(reader.dateTime(tag) * 1_000_000n);
    case TYPE.interval:
      return `${reader.interval(tag)} s`;
    default:
      return dateText(reader.dateTimeExtended(tag));
  }
}

function integerText(tag: number, value: number): string {
  if (TAG_VALUED.has(tag)) return tagValueText(value);
  const bits = maskFacts(tag);
  if (bits === undefined) return String(value);
  const named = bits.filter((bit) => (value & bit.value) !== 0);
  const rest = named.reduce((left, bit) => left & ~bit.value, value) >>> 0;
  const names = named.map((bit) => bit.name);
  if (rest !== 0) names.push(hex32(rest));
  return names.length === 0 ? 'none (0x00000000)' : `${names.join(' | ')} (${hex32(value >>> 0)})`;
}

function enumerationText(tag: number, value: number): string {
  if (TAG_VALUED.has(tag)) return tagValueText(value);
  const name = enumerationFacts(tag, value)?.name;
  return name === undefined ? hex32(value) : `${name} (${hex32(value)})`;
}

function tagValueText(value: number): string {
  const name = tagFacts(value)?.name;
  return name === undefined ? hex32(value >>> 0) : `${name} (${tagText(value)})`;
}

/** In quotes, and nothing in it that moves a terminal's cursor or turns its writing round. */
function printable(text: string): string {
  const shown = text.slice(0, LONGEST_TEXT);
  const escaped = shown.replaceAll(
    /["\\\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
  return `"${escaped}"${shown.length < text.length ? ` … ${text.length} characters` : ''}`;
}

function bytesText(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, LONGEST_BYTES)).toString('hex');
  return bytes.byteLength > LONGEST_BYTES ? `${shown} … ${bytes.byteLength} bytes` : shown;
}

function dateText(microseconds: bigint): string {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (microseconds - fraction) / 1_000_000n;
  const date = new Date(Number(seconds) * 1_000);
  // Beyond the years a Date knows the number has to do.
  if (Number.isNaN(date.getTime())) return `${seconds} s`;
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`;
  return date.toISOString().replace('.000Z', `${digits}Z`);
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
