// Tables in Markdown.

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @returns {string}
 */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map(row).join('\n');
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A list in one cell or one sentence: `a`, `b`, `c`. */
export function codes(words) {
  return words.map((word) => `\`${word}\``).join(', ');
}
