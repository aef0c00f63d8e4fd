import type { KmipVersion } from '../version.ts';
import { ATTRIBUTES } from './attributes.ts';
import { ENUMERATIONS } from './enumerations.ts';
import type { AttributeFacts, Lifetime, TagFacts, ValueFacts, ValueSet } from './facts.ts';
import { MASKS } from './masks.ts';
import { TAGS } from './tags.ts';

const tags = new Map<number, TagFacts>(TAGS.map((facts) => [facts.tag, facts]));
const enumerations = byTag(ENUMERATIONS);
const masks = byTag(MASKS);
const attributesByName = new Map<string, AttributeFacts>(ATTRIBUTES.map((a) => [a.name, a]));
const attributesByTag = new Map<number, AttributeFacts>(ATTRIBUTES.map((a) => [a.tag, a]));

/** A version that has this entry. */
export function livesIn({ since, until }: Lifetime, version: KmipVersion): boolean {
  return since <= version && (until === undefined || version <= until);
}

/** What is known of a tag; undefined for extensions and for what no version has. */
export function tagFacts(tag: number): TagFacts | undefined {
  return tags.get(tag);
}

/** What is known of the value of an enumeration in the field `tag`. */
export function enumerationFacts(tag: number, value: number): ValueFacts | undefined {
  return enumerations.get(tag)?.get(value);
}

/** The bits of the mask in the field `tag`, from the lowest; undefined for a field that is no mask. */
export function maskFacts(tag: number): readonly ValueFacts[] | undefined {
  const bits = masks.get(tag);
  return bits === undefined ? undefined : [...bits.values()];
}

/** The version that introduced a tag, or with `value` a value of its enumeration; undefined when none did. */
export function since(tag: number, value?: number): KmipVersion | undefined {
  return (value === undefined ? tagFacts(tag) : enumerationFacts(tag, value))?.since;
}

/** The attribute of this name, exactly as the specification writes it. */
export function attributeByName(name: string): AttributeFacts | undefined {
  return attributesByName.get(name);
}

export function attributeByTag(tag: number): AttributeFacts | undefined {
  return attributesByTag.get(tag);
}

function byTag(sets: readonly ValueSet[]): ReadonlyMap<number, ReadonlyMap<number, ValueFacts>> {
  return new Map(
    sets.flatMap((set) => {
      const values = new Map(set.values.map((facts) => [facts.value, facts]));
      return set.tags.map((tag) => [tag, values] as const);
    }),
  );
}
