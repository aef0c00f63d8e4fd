import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type ParsedNode,
} from 'yaml';
import { printable } from '../printable.ts';
import { NO_CHILDREN, START, type Located, type Position, type YamlProblem } from './yaml-file.ts';
import { positionAt } from './position.ts';

/** Turns the library's nodes into plain values, collecting what is refused. Recursion is bounded by the parser. */
export class NodeReader {
  readonly problems: YamlProblem[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(node: Node | null | undefined, keyPosition?: Position): Located {
    const position = this.#positionOf(node) ?? keyPosition ?? START;
    const place = { position, keyPosition: keyPosition ?? position };
    if (this.#refuseReference(node, position)) {
      return { value: null, ...place, children: NO_CHILDREN };
    }
    if (isMap(node)) return this.#readMap(node.items, place);
    if (isSeq(node)) return this.#readList(node.items, place);
    return { value: isScalar(node) ? node.value : null, ...place, children: NO_CHILDREN };
  }

  #readMap(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    place: { readonly position: Position; readonly keyPosition: Position },
  ): Located {
    const value: Record<string, unknown> = {};
    const children = new Map<string, Located>();
    for (const { key, value: child } of items) {
      const keyPosition = this.#positionOf(key as Node | null) ?? place.position;
      this.#refuseReference(key as Node | null, keyPosition);
      // A key that is no text was already reported by the library (`stringKeys`).
      const name = isScalar(key) ? key.value : null;
      if (typeof name !== 'string') continue;
      if (name === '<<') this.#refuse(keyPosition, 'merge keys (<<) are not accepted');
      else if (children.has(name)) this.#refuse(keyPosition, `duplicate key "${printable(name)}"`);
      const located = this.read(child as Node | null, keyPosition);
      children.set(name, located);
      // Not an assignment: a key named `__proto__` must become data.
      Object.defineProperty(value, name, {
        value: located.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return { value, ...place, children };
  }

  #readList(
    items: readonly unknown[],
    place: { readonly position: Position; readonly keyPosition: Position },
  ): Located {
    const children = new Map<string, Located>();
    const value = items.map((item, index) => {
      const located = this.read(item as Node | null);
      children.set(String(index), located);
      return located.value;
    });
    return { value, ...place, children };
  }

  /** Anchors and aliases turn a tree into a graph, of which a small file can make a huge one. */
  #refuseReference(node: Node | null | undefined, position: Position): boolean {
    const refused = isAlias(node) || (node as ParsedNode | null)?.anchor !== undefined;
    if (refused) {
      this.#refuse(position, 'anchors and aliases (& and *) are not accepted: write the value out');
    }
    return refused;
  }

  #positionOf(node: Node | null | undefined): Position | undefined {
    const offset = node?.range?.[0];
    return offset === undefined ? undefined : positionAt(this.#lines, offset);
  }

  #refuse(position: Position, message: string): void {
    this.problems.push({ ...position, message });
  }
}
