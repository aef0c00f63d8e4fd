/** A table that is not made of one figure beside another. */
export interface ExtraTable {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold figures, aligned to the right. */
  readonly figureColumns: readonly number[];
}
