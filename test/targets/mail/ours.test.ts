/** Which mail is ours, and may be removed. */

import { expect, test } from 'vitest';
import { isOurs } from '../../../src/targets/mail/maildir.ts';

const TOKEN = 'z0123456789abc';

test.each([
  `X-Afresh: ${TOKEN}.after.0003.`,
  `Return-Path: <${TOKEN}@sender.example>`,
  `Return-Path: <${TOKEN}@your.domain>`,
  `Return-Path: <"${TOKEN}xxxxxxxx"@sender.example>`,
  `Return-Path: <${TOKEN}xxxxxx\xc3\xa9@sender.example>`,
])('a message with %s in its header is ours', field => {
  expect(isOurs(`Received: by mx\r\n${field}\r\n\r\nHello\r\n`)).toBe(true);
  expect(isOurs(`Received: by mx\r\n\r\n${field}\r\n`)).toBe(false);
});

test.each([
  'Return-Path: <zoe@sender.example>',
  `Return-Path: <${TOKEN}y@sender.example>`,
  `Subject: about ${TOKEN}`,
  `Return-Path: <a${TOKEN}@sender.example>`,
])('one with %s is not', field => {
  expect(isOurs(`${field}\r\n\r\nHello\r\n`)).toBe(false);
});
