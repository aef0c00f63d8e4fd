import { isMultiValued, type AttributeName } from './attribute-name.ts';
import type { TtlvValue } from './value.ts';

/** One instance of an attribute. */
export interface Attribute {
  readonly name: AttributeName;
  /** Attribute Index (1.x): tells the instances of a multi-valued attribute apart; 0 for the others. */
  readonly index: number;
  readonly value: TtlvValue;
}

/** An instance that may leave its index to the set: the next free one of its name. */
export interface NewAttribute {
  readonly name: AttributeName;
  readonly index?: number;
  readonly value: TtlvValue;
}

/**
 * The attributes of an object, or those a request names, independent of protocol versions. Immutable; iterates in the order
 * in which the attributes were added. What a client may set is not checked here (`validateClientAttributes`), so a Locate
 * request may hold two dates of one name: a range.
 */
export class AttributeSet implements Iterable<Attribute> {
  static readonly empty = new AttributeSet([]);

  readonly #attributes: readonly Attribute[];

  private constructor(attributes: readonly Attribute[]) {
    this.#attributes = attributes;
  }

  /** A set of these in this order, several of one name included. */
  static of(attributes: Iterable<NewAttribute>): AttributeSet {
    const list: Attribute[] = [];
    for (const { name, index, value } of attributes) {
      list.push({ name, index: index ?? nextIndex(list, name), value });
    }
    return new AttributeSet(list);
  }

  get size(): number {
    return this.#attributes.length;
  }

  [Symbol.iterator](): Iterator<Attribute> {
    return this.#attributes[Symbol.iterator]();
  }

  has(name: AttributeName): boolean {
    return this.#first(name) !== undefined;
  }

  /** The value of the first instance. */
  get(name: AttributeName): TtlvValue | undefined {
    return this.#first(name)?.value;
  }

  /** Every instance. */
  all(name: AttributeName): readonly Attribute[] {
    return this.#attributes.filter((attribute) => attribute.name === name);
  }

  /** The instance with this index. */
  instance(name: AttributeName, index: number): Attribute | undefined {
    return this.#attributes.find(
      (attribute) => attribute.name === name && attribute.index === index,
    );
  }

  /** Every name once, in order. */
  names(): readonly AttributeName[] {
    return [...new Set(this.#attributes.map((attribute) => attribute.name))];
  }

  /** The attributes with these names, in the order of the set; names that nothing here has are passed over. */
  select(names: readonly string[]): AttributeSet {
    const wanted = new Set(names);
    return new AttributeSet(this.#attributes.filter((attribute) => wanted.has(attribute.name)));
  }

  /** With this value: in the place of the one there is, or as a further instance when the attribute is multi-valued. */
  with(name: AttributeName, value: TtlvValue): AttributeSet {
    const at = isMultiValued(name)
      ? -1
      : this.#attributes.findIndex((attribute) => attribute.name === name);
    return at < 0
      ? new AttributeSet([
          ...this.#attributes,
          { name, index: nextIndex(this.#attributes, name), value },
        ])
      : new AttributeSet(this.#attributes.with(at, { name, index: 0, value }));
  }

  /** With every one of these, as `with` has it. */
  withAll(
    attributes: Iterable<{ readonly name: AttributeName; readonly value: TtlvValue }>,
  ): AttributeSet {
    return [...attributes].reduce<AttributeSet>(
      (set, { name, value }) => set.with(name, value),
      this,
    );
  }

  /** With another value in the instance that has this index; undefined when none has it. */
  replace(name: AttributeName, index: number, value: TtlvValue): AttributeSet | undefined {
    const at = this.#attributes.findIndex(
      (attribute) => attribute.name === name && attribute.index === index,
    );
    return at < 0 ? undefined : new AttributeSet(this.#attributes.with(at, { name, index, value }));
  }

  /** Without the instance that has this index, or without any of this name. The indices of others stay as they are. */
  without(name: AttributeName, index?: number): AttributeSet {
    return new AttributeSet(
      this.#attributes.filter(
        (attribute) =>
          attribute.name !== name || (index !== undefined && attribute.index !== index),
      ),
    );
  }

  /** Value of the first instance when it is an Integer. */
  integer(name: AttributeName): number | undefined {
    const value = this.get(name);
    return value?.type === 'integer' ? value.value : undefined;
  }

  /** Value of the first instance when it is an Enumeration. */
  enumeration(name: AttributeName): number | undefined {
    const value = this.get(name);
    return value?.type === 'enumeration' ? value.value : undefined;
  }

  /** Value of the first instance when it is a Text String. */
  text(name: AttributeName): string | undefined {
    const value = this.get(name);
    return value?.type === 'textString' ? value.value : undefined;
  }

  /** Value of the first instance when it is a Date-Time: seconds since 1970. */
  date(name: AttributeName): bigint | undefined {
    const value = this.get(name);
    return value?.type === 'dateTime' ? value.value : undefined;
  }

  /** Value of the first instance when it is a Boolean. */
  boolean(name: AttributeName): boolean | undefined {
    const value = this.get(name);
    return value?.type === 'boolean' ? value.value : undefined;
  }

  #first(name: AttributeName): Attribute | undefined {
    // A loop: it is on the path of every Get.
    for (const attribute of this.#attributes) if (attribute.name === name) return attribute;
    return undefined;
  }
}

/** One above the highest index of this name, so that an index names one instance as long as a later one lives. */
function nextIndex(attributes: readonly Attribute[], name: AttributeName): number {
  let next = 0;
  for (const attribute of attributes) {
    if (attribute.name === name && attribute.index >= next) next = attribute.index + 1;
  }
  return next;
}
