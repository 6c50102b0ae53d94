import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { html } from '../../../src/report/html/page.ts';
import type { Report } from '../../../src/report/report.ts';
import { resultsOf } from '../../../src/report/results.ts';
import { startBrowser, WITHOUT_BROWSER } from '../browser.ts';
import { HOSTILE, hostile, realReport } from '../stored.ts';

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
/** A4 in CSS pixels. Style sheets are asked for the width of the whole sheet; its margins are to be added. */
const PAPER: BrowserContextOptions = { viewport: { width: 794, height: 1_123 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true };

describe.skipIf(WITHOUT_BROWSER !== undefined)(
  `the HTML report in a browser ${WITHOUT_BROWSER ?? ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'afresh-html-'));
    let browser: Browser;
    let login: Report;
    let greeting: Report;
    let sound: Report;

    beforeAll(async () => {
      browser = await startBrowser();
      login = await realReport('reference:keeps-login');
      greeting = await realReport('reference:keeps-greeting');
      sound = await realReport('reference');
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true });
    });

    interface Opened {
      readonly page: Page;
      /** Whatever the page logs, throws, asks or requests beyond itself. */
      readonly incidents: string[];
    }

    async function open(text: string, options: BrowserContextOptions = DESKTOP): Promise<Opened> {
      const file = join(folder, `${crypto.randomUUID()}.html`);
      writeFileSync(file, text);
      const url = pathToFileURL(file).href;
      const page = await browser.newPage(options);
      const incidents: string[] = [];
      page.on('console', message => incidents.push(message.text()));
      page.on('pageerror', error => incidents.push(error.message));
      page.on('dialog', dialog => incidents.push(dialog.message()));
      page.on('request', request => {
        if (request.url() !== url) incidents.push(request.url());
      });
      await page.goto(url);
      return { page, incidents };
    }

    const ran = (page: Page) => page.evaluate(() => (globalThis as { ran?: unknown }).ran);
    const overflow = (page: Page) =>
      page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>;
    const shown = (page: Page) => page.locator('.findings > article:visible').count();

    describe('hostile text', () => {
      const EVIL = [...HOSTILE, 'A'.repeat(100_000), HOSTILE.join(' ').repeat(20)];

      test.each(EVIL)('%.60j runs nothing, loads nothing, and stays in its place', async text => {
        const evil = hostile(login, text);
        const { page, incidents } = await open(
          html(resultsOf([evil, sound], [hostile(greeting, text)])),
          PHONE,
        );
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        expect(await ran(page)).toBeUndefined();
        expect(incidents).toEqual([]);
        expect(await page.locator('script').count()).toBe(1);
        expect(
          await page.locator('img, iframe, object, embed, link, base, [style], [onload], [onerror]').count(),
        ).toBe(0);
        expect(await page.locator('.findings > article').count()).toBe(evil.findings.length);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        await page.close();
      });

      test('no character of it hides, stacks, or turns the direction of writing', async () => {
        // Without the others, so that no place is too short for all of them.
        const beyond = HOSTILE.filter(text => /[^\n\x20-\x7e]/.test(text)).join(' ');
        const { page } = await open(html(resultsOf([hostile(login, beyond)])));
        const text = await page.locator('main').textContent();
        expect(text).toContain('\\u{202e}');
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{M}\p{Zl}\p{Zp}]/u);
        await page.close();
      });

      test('a megabyte in a reply makes no large page', async () => {
        const [finding] = login.findings;
        if (finding === undefined) throw new Error('nothing found');
        const long = 'x'.repeat(1_000_000);
        const findings = [{ ...finding, summary: long, difference: { ...finding.difference, used: long } }];
        expect(html(resultsOf([{ ...login, findings }])).length).toBeLessThan(1_000_000);
      });

      test('thousands of findings make a page that still opens, with every one of them listed', async () => {
        const [finding] = login.findings;
        if (finding === undefined) throw new Error('nothing found');
        const findings = Array.from({ length: 3_000 }, (_, index) => ({
          ...finding,
          fingerprint: `number ${index}`,
        }));
        const text = html(resultsOf([{ ...login, findings }]));
        expect(text.length).toBeLessThan(20_000_000);
        const { page } = await open(text);
        expect(await shown(page)).toBe(3_000);
        await page.locator('#search').fill('number 2999');
        expect(await shown(page)).toBe(1);
        await page.close();
      });

      test('the policy of the page stops a script and a style that are not its own', async () => {
        const foreign = '<script>globalThis.ran = 1</script><p id="probe" style="color: rgb(1, 2, 3)">x</p>';
        const { page, incidents } = await open(
          html(resultsOf([login])).replace('</body>', `${foreign}</body>`),
        );
        expect(await ran(page)).toBeUndefined();
        expect(await page.evaluate("getComputedStyle(document.getElementById('probe')).color")).not.toBe(
          'rgb(1, 2, 3)',
        );
        expect(incidents.join()).toContain('Content Security Policy');
        await page.close();
      });
    });

    describe.each([
      ['light', { ...DESKTOP, colorScheme: 'light' }],
      ['dark', { ...DESKTOP, colorScheme: 'dark' }],
      ['on a phone', PHONE],
    ] as const)('%s', (_, options) => {
      test('axe finds no violation, and nothing is wider than the window', async () => {
        const later = { ...login, startedAt: '2030-01-01T00:00:00Z' };
        const { page, incidents } = await open(html(resultsOf([later, greeting, sound], [login])), options);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        await page.evaluate(axe.source);
        const result = (await page.evaluate('axe.run()')) as axe.AxeResults;
        expect(result.violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)])).toEqual([]);
        expect(result.passes.length).toBeGreaterThan(20);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect(incidents).toEqual([]);
        await page.close();
      });
    });

    describe('what a reader does', () => {
      const several = () => html(resultsOf([login, greeting, sound]));

      test('filters by words, target and claim; says how many are left; Escape shows all again', async () => {
        const { page } = await open(several());
        const all = login.findings.length + greeting.findings.length;
        expect(await shown(page)).toBe(all);
        await page.locator('[data-filter=target]').selectOption('reference:keeps-login');
        expect(await shown(page)).toBe(login.findings.length);
        expect(await page.locator('#count').textContent()).toBe(
          `${login.findings.length} of ${all} findings`,
        );
        await page.locator('#search').fill('no such word');
        expect(await shown(page)).toBe(0);
        expect(await page.locator('#no-match').isVisible()).toBe(true);
        await page.keyboard.press('Escape');
        expect(await shown(page)).toBe(all);
      });

      test('a cell of the matrix leads to its findings', async () => {
        const { page } = await open(several());
        const cell = page.locator('.cell a[data-show-target="reference:keeps-login"]').first();
        await cell.click();
        expect(await shown(page)).toBeGreaterThan(0);
        const targets = await page
          .locator('.findings > article:visible')
          .evaluateAll(articles => articles.map(article => article.getAttribute('data-target')));
        expect(new Set(targets)).toEqual(new Set(['reference:keeps-login']));
      });

      test('a cell of a claim leads to the findings of other names by which it deviated', async () => {
        const also = greeting.claims.find(({ id }) => greeting.findings.every(({ claim }) => claim !== id));
        const findings = greeting.findings.map(finding => ({ ...finding, also: [also?.id ?? ''] }));
        const claims = greeting.claims.map(claim =>
          claim.id === also?.id ? { ...claim, verdict: 'violated' as const } : claim,
        );
        const { page } = await open(html(resultsOf([login, { ...greeting, findings, claims }])));
        await page
          .locator(`.cell a[data-show-target="${greeting.target.name}"][data-show-claim="${also?.id}"]`)
          .click();
        expect(await shown(page)).toBe(findings.length);
      });

      test('copies the replay command, just as it is shown', async () => {
        const { page } = await open(several(), {
          ...DESKTOP,
          permissions: ['clipboard-read', 'clipboard-write'],
        });
        const first = page.locator('article').first();
        await first.locator('[data-copy$=replay]').click();
        await first.getByText('Copied').waitFor();
        const command = await first.locator('pre').first().textContent();
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command?.trimEnd());
        expect(command).toMatch(/^afresh (?:check|replay) /);
      });

      test('has a reproducer for a finding that can have one', async () => {
        const { page } = await open(several());
        const script = await page.locator('pre[id$=script]').first().textContent();
        expect(script).toContain('STARTTLS');
        expect(script?.startsWith('#!/usr/bin/env node')).toBe(true);
      });

      test('steps through the findings, opens and closes them, changes the theme, all from the keyboard', async () => {
        const { page } = await open(several());
        await page.keyboard.press('c');
        expect(await page.locator('article > details[open]').count()).toBe(0);
        await page.keyboard.press('j');
        await page.keyboard.press('j');
        await page.keyboard.press('Enter');
        expect(await page.locator('#finding-2 > details[open]').count()).toBe(1);
        await page.keyboard.press('t');
        await page.keyboard.press('t');
        expect(await page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('dark');
        await page.keyboard.press('?');
        expect(await page.locator('#help').isVisible()).toBe(true);
        await page.keyboard.press('Escape');
        await page.keyboard.press('/');
        await page.keyboard.type('jkt?');
        expect(await page.locator('#search').inputValue()).toBe('jkt?');
      });

      test('prints every finding open, without the controls', async () => {
        const { page } = await open(several());
        await page.emulateMedia({ media: 'print' });
        await page.evaluate("dispatchEvent(new Event('beforeprint'))");
        expect(await page.locator('article > details:not([open])').count()).toBe(0);
        expect(await page.locator('nav, .filters').filter({ visible: true }).count()).toBe(0);
        await page.evaluate("dispatchEvent(new Event('afterprint'))");
        expect(await page.locator('article > details[open]').count()).toBe(1);
      });

      test('on paper runs that fit stand side by side, longer ones one above the other, and nothing is cut off', async () => {
        const [finding] = login.findings;
        if (finding === undefined) throw new Error('nothing found');
        const { used } = finding.transcripts;
        const said = used.entries.filter(({ part }) => part === 'after');
        const more = Array.from({ length: 20 }, (_, index) =>
          said.map(entry => ({ ...entry, step: entry.step + index + 1 })),
        );
        const entries = [...used.entries, ...more.flat()];
        const long = { ...finding, fingerprint: 'long', transcripts: { used: { ...used, entries } } };
        const { page } = await open(html(resultsOf([{ ...login, findings: [finding, long] }])), PAPER);
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        await page.evaluate("dispatchEvent(new Event('beforeprint'))");
        await page.evaluate("document.body.style.paddingInline = '12mm'");
        const styles = await page.evaluate(`
          [...document.querySelectorAll('.lanes')].map(lanes => getComputedStyle(lanes).display)
            .concat(getComputedStyle(document.body).backgroundColor)`);
        expect(styles).toEqual(['grid', 'block', 'rgb(255, 255, 255)']);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      });

      test('reads the page without its script', async () => {
        const { page } = await open(several(), { ...DESKTOP, javaScriptEnabled: false });
        expect(await shown(page)).toBe(login.findings.length + greeting.findings.length);
        expect(await page.locator('button:visible, select:visible').count()).toBe(0);
        expect(await page.locator('.lane .flag').first().isVisible()).toBe(true);
      });
    });

    test('what shows beside the dialogue is marked at its end', async () => {
      const [finding] = login.findings;
      if (finding === undefined) throw new Error('nothing found');
      const difference = { at: finding.scenario.after.length + 2, used: 'user = x', fresh: 'nothing' };
      const report = { ...login, findings: [{ ...finding, difference }] };
      const { page } = await open(html(resultsOf([report])));
      const marked = await page.locator('article .marked p').allTextContents();
      expect(marked).toEqual(['seen beside the dialogue: user = x', 'seen beside the dialogue: nothing']);
    });

    test('the runs stand side by side, row by row, and the first difference is marked in both', async () => {
      const { page } = await open(html(resultsOf([login])));
      const lanes = page.locator('article').first().locator('.lane');
      expect(await lanes.count()).toBe(2);
      const [used, fresh] = await Promise.all(
        [0, 1].map(index => lanes.nth(index).locator('.flag').boundingBox()),
      );
      expect(used?.y).toBe(fresh?.y);
      expect((used?.x ?? 0) + (used?.width ?? 0)).toBeLessThan(fresh?.x ?? 0);
    });
  },
);
