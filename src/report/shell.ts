/** Words for a POSIX shell: commands that reports tell are copied and run. Pure. */

/**
 * A text as one word, in quotation marks where it needs them, and in ASCII: reports escape everything beyond, and a
 * command that was escaped names another file. Line feeds at its end are lost.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return /^[\x20-\x7e]*$/.test(text) ? quoted(text) : `"$(printf -- ${quoted(format(text))})"`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What makes `printf` say the text. */
function format(text: string): string {
  const bytes = new TextEncoder().encode(text.replace(/[%\\]/g, '$&$&'));
  return Array.from(bytes, byte =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
  ).join('');
}
