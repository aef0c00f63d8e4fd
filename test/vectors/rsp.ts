/** One test case of a CAVP response file: the fields between two empty lines. */
export interface RspCase {
  /** Bracketed parameters in force, e.g. `L` = `32`. */
  readonly section: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, string>;
  /** Lines of a word alone, e.g. `FAIL`. */
  readonly flags: ReadonlySet<string>;
}

/**
 * Reads a response file of NIST's Cryptographic Algorithm Validation Program (`.rsp`, and `.txt` of the same form):
 * `#` comments, `[Key = value]` and `[Remark]` sections that hold until the next one of the same key, `Key = value` fields, words that
 * stand alone, and empty lines between cases. Throws with the line number at anything else.
 */
export function parseRsp(text: string): RspCase[] {
  const cases: RspCase[] = [];
  let section: ReadonlyMap<string, string> = new Map();
  let fields = new Map<string, string>();
  let flags = new Set<string>();
  const endCase = (): void => {
    if (fields.size > 0 || flags.size > 0) cases.push({ section, fields, flags });
    fields = new Map();
    flags = new Set();
  };

  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line.startsWith('#')) return;
    if (line === '') {
      endCase();
      return;
    }
    const bracketed = /^\[([^=\]]+?)\s*(?:=\s*([^\]]*?)\s*)?\]$/.exec(line);
    const field = /^([^=[\]]+?)\s*=\s*(.*)$/.exec(line);
    if (bracketed?.[1] !== undefined) {
      endCase();
      section = new Map(section).set(bracketed[1], bracketed[2] ?? '');
    } else if (field?.[1] !== undefined) {
      if (fields.has(field[1])) throw new SyntaxError(`line ${index + 1}: ${field[1]} twice`);
      fields.set(field[1], field[2] ?? '');
    } else if (/^\w+$/.test(line)) {
      flags.add(line);
    } else {
      throw new SyntaxError(`line ${index + 1}: neither section, field nor flag`);
    }
  });
  endCase();
  return cases;
}

/** A field's text. Throws when the case does not have it. */
export function fieldOf(testCase: RspCase, name: string): string {
  const value = testCase.fields.get(name);
  if (value === undefined) throw new SyntaxError(`no field ${name}`);
  return value;
}

/** A hexadecimal field's bytes. */
export function bytesOf(testCase: RspCase, name: string): Buffer {
  const text = fieldOf(testCase, name);
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new SyntaxError(`${name} is not hexadecimal`);
  return Buffer.from(text, 'hex');
}
