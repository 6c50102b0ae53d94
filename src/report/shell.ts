/** Words for a POSIX shell: commands that reports tell are copied and run. Pure. */

/** A text as one word, in quotation marks where it needs them. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
