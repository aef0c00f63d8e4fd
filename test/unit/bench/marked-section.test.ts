import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { withSection, writeSection } from '../../../bench/report/marked-section.ts';

const DOCUMENT = '# Title\n\n<!-- begin bench -->\n\nold\n\n<!-- end bench -->\n\nprose\n';

describe('a marked section of a document', () => {
  it('is replaced, and what is around it stays', () => {
    expect(withSection(DOCUMENT, 'bench', 'new\n')).toBe(DOCUMENT.replace('old', 'new'));
  });

  it('is replaced by the same again without a change', () => {
    const once = withSection(DOCUMENT, 'bench', 'new');
    expect(withSection(once, 'bench', 'new')).toBe(once);
  });

  it('leaves the section of another benchmark alone', () => {
    const two = `${DOCUMENT}<!-- begin bench:kmip -->\nkmip\n<!-- end bench:kmip -->\n`;
    expect(withSection(two, 'bench', 'new')).toBe(two.replace('old', 'new'));
  });

  it('makes way for the text alone where there are no marks, or no document', () => {
    expect(withSection('# Other\n', 'bench', 'new\n')).toBe('new\n');
    expect(withSection(undefined, 'bench', 'new\n')).toBe('new\n');
  });

  it('is refused when one of its marks is missing or they are the wrong way round', () => {
    expect(() => withSection('<!-- end bench -->', 'bench', '')).toThrow(RangeError);
    expect(() => withSection('<!-- begin bench -->', 'bench', '')).toThrow(RangeError);
    expect(() => withSection('<!-- end bench --><!-- begin bench -->', 'bench', '')).toThrow(
      RangeError,
    );
  });

  it('is written into a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-section-'));
    try {
      const file = join(directory, 'performance.md');
      writeFileSync(file, DOCUMENT);
      writeSection(file, 'bench', 'new');
      expect(readFileSync(file, 'utf8')).toBe(DOCUMENT.replace('old', 'new'));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
