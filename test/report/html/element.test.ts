import fc from 'fast-check';
import { expect, test } from 'vitest';
import { el, render } from '../../../src/report/html/element.ts';

test('no text and no attribute can end where it stands, or become markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const [, title, content] =
        /^<p title="([^"]*)">([^<]*)<\/p>$/.exec(render(el('p', { title: text }, text))) ?? [];
      expect(title).toBeDefined();
      expect(content).toBe(title);
      expect(content).not.toMatch(/[<>"']|(?!\n)\p{Cc}/u);
    }),
  );
});

test('ampersands are text, not references', () => {
  expect(render(el('p', {}, '&lt;b&gt; &amp;'))).toBe('<p>&#38;lt;b&#38;gt; &#38;amp;</p>');
});

test('what is absent leaves no trace; what is true stands alone', () => {
  expect(render(el('input', { hidden: true, id: undefined, open: false, size: 3 }))).toBe(
    '<input hidden size="3">',
  );
  expect(render(el('p', {}, undefined, ['a', [el('b', {}, 'c')]]))).toBe('<p>a<b>c</b></p>');
});
