/**
 * Text of unknown origin, made fit to be shown. A target chooses its replies, and whoever hands over a stored result
 * chooses all of it: nothing of that may steer a terminal, turn the direction of writing, or hide. Pure.
 */

/**
 * ASCII as it is; control characters and everything beyond as `\xNN`, or `\u{N}` where it is no byte. Of more than
 * `most` characters only the head is shown, and their number.
 */
export function printable(text: string, most: number = Number.POSITIVE_INFINITY): string {
  const head = text.slice(0, most).replace(/[^\x20-\x7e]/gu, escaped);
  return text.length <= most ? head : `${head}… (${text.length} characters)`;
}

/** JSON in plain ASCII: the bytes of a target cannot steer a terminal that the file is shown on. */
export function plainJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null').replace(
    /[^\n\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text that is text in the middle of a line of Markdown too: no markup, no HTML, no link, no mention. */
export const plainMarkdown = (text: string, most?: number): string =>
  printable(text, most).replace(/[\\`*_{}[\]<>#|~!@&:]/g, '\\$&');

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
