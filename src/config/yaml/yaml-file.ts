/** A place in a file; both count from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Keys and list indexes that lead from the root of a file to a value. */
export type Path = readonly (string | number)[];

/** Something wrong at a place. */
export interface YamlProblem extends Position {
  readonly message: string;
}

/** Where a file begins. */
export const START: Position = { line: 1, column: 1 };

/** A plain value with the positions of everything inside it. */
export interface Located {
  readonly value: unknown;
  readonly position: Position;
  readonly keyPosition: Position;
  /** By key, or by index as text. */
  readonly children: ReadonlyMap<string, Located>;
}

export const NO_CHILDREN: ReadonlyMap<string, Located> = new Map();

/** The content of a file as plain values, and where each of them stood. */
export class YamlFile {
  readonly #root: Located;

  constructor(root: Located) {
    this.#root = root;
  }

  get value(): unknown {
    return this.#root.value;
  }

  /** True when there is a value at `path`. */
  has(path: Path): boolean {
    let located: Located | undefined = this.#root;
    for (const step of path) located = located?.children.get(String(step));
    return located !== undefined;
  }

  /** Where the value at `path` begins, or the nearest value around it that exists. */
  positionOf(path: Path): Position {
    return this.#find(path).position;
  }

  /** Where the key that ends `path` stands; for a list item and the root, where the value begins. */
  keyPositionOf(path: Path): Position {
    return this.#find(path).keyPosition;
  }

  #find(path: Path): Located {
    let located = this.#root;
    for (const step of path) {
      const child = located.children.get(String(step));
      if (child === undefined) break;
      located = child;
    }
    return located;
  }
}
