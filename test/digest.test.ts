import { expect, test } from 'vitest';
import { cramMd5 } from '../src/digest.ts';

test('the example of RFC 2195, section 2, is answered as it stands there', () => {
  const challenge = '<1896.697170952@postoffice.reston.mci.net>';
  expect(cramMd5('tim', 'tanstaaftanstaaf', challenge)).toBe('tim b913a602c7eda7a495b4e6e7334d3890');
});

test('challenge and password are octets, one character each', () => {
  expect(cramMd5('u', '\xe9', '\xff')).not.toBe(cramMd5('u', 'é'.normalize('NFD'), '\xff'));
  expect(cramMd5('u', 'p', '\xff')).not.toBe(cramMd5('u', 'p', '\xc3\xbf'));
});
