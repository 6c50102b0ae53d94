/**
 * Elements of the page, as plain data, and their HTML. All text and every attribute passes through here: what is not
 * plain to see comes out as an escape, and what means something in HTML is written as a reference. So no part of the
 * page can forget either. Names of elements and attributes are the page’s own and never come from a result.
 *
 * There are no inline styles and no inline handlers, and the page’s policy forbids both.
 */

export interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
}
export type Child = Element | string | undefined | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export const el = (name: string, attributes: Attributes, ...children: readonly Child[]): Element => ({
  name,
  attributes,
  children,
});

export function render({ name, attributes, children }: Element): string {
  const start = `<${name}${Object.entries(attributes).map(attribute).join('')}>`;
  return VOID.has(name) ? start : `${start}${children.map(content).join('')}</${name}>`;
}

/** Elements of the page that have no end tag (HTML, section 13.1.2). */
const VOID: ReadonlySet<string> = new Set(['input']);

function attribute([name, value]: readonly [string, Attributes[string]]): string {
  if (value === undefined || value === false) return '';
  return value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
}

function content(child: Child): string {
  if (child === undefined) return '';
  if (typeof child === 'string') return escaped(cut(child));
  return 'name' in child ? render(child) : child.map(content).join('');
}

/** ASCII, Latin letters, and the signs that the page itself uses: nothing that hides, stacks, or turns around. */
const UNSHOWN = /[^\n\x20-\x7e\p{Script=Latin}…–—‘’“”·×→←▸✓✗]/gu;

function escaped(text: string): string {
  return text
    .replace(UNSHOWN, character => {
      const code = character.codePointAt(0) ?? 0;
      return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
    })
    .replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** Characters of one piece of text. */
const MOST_TEXT = 2_000;

function cut(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}… (${text.length} characters)` : text;
}
