/** One header field. Names are in lower case; bytes above 0x7f are read as Latin-1. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}
