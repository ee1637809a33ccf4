// Opens a report in a browser and tries it:
//
//     node check.mjs REPORT.html EXPECT.json [--screenshots DIR]
//
// EXPECT.json says what the first artifact that exposes anything holds, and how long the page may take:
//
//     { "query": "config",   what is typed into the search of its tree
//       "count": 12,         how many files that must find
//       "total": 2000,       how many there are
//       "maxMs": 1000,       milliseconds until the map is painted
//       "empty": true }      instead of the first three: nothing is exposed, so there is no map and no tree
//
// It exits with 1 and says why where the page complains, asks for anything, obeys what it should show, can't be used
// from the keyboard, has an accessibility fault in light or dark, or is wider than a telephone.
// CHROMIUM names another browser than /usr/bin/chromium.

import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshots: { type: 'string' } } });
const [report, expectation] = positionals;
if (!report || !expectation) {
  console.error('usage: node check.mjs REPORT.html EXPECT.json [--screenshots DIR]');
  process.exit(2);
}
const expect = JSON.parse(readFileSync(expectation, 'utf8'));
const url = pathToFileURL(resolve(report)).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let failures = 0;
const check = (good, what, why = '') => {
  console.log(`${good ? 'ok   ' : 'FAIL '} ${what}${good || !why ? '' : `: ${why}`}`);
  if (!good) failures += 1;
};

/** A page that notes all it should not do. */
const open = async (browser, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  // The page's own empty icon is part of the page.
  page.on('request', (request) => {
    const asked = request.url();
    if (asked.split('#')[0] !== url && asked !== 'data:,') faults.push(`request: ${asked.slice(0, 200)}`);
  });
  page.on('popup', () => faults.push('a window was opened'));
  // Playwright's own evaluate() may need eval, which the page forbids; the protocol does not ask the page.
  const session = await context.newCDPSession(page);
  await session.send('Log.enable');
  session.on('Log.entryAdded', ({ entry }) => {
    if (entry.level === 'error' || entry.source === 'security') faults.push(`log: ${entry.text}`);
  });
  await session.send('Audits.enable');
  session.on('Audits.issueAdded', ({ issue }) => {
    if (issue.code === 'ContentSecurityPolicyIssue') faults.push(`policy: ${JSON.stringify(issue.details)}`);
  });
  const run = async (expression) => {
    const { result, exceptionDetails } =
      await session.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  return { page, context, faults, run };
};

const painted = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

const speed = async ({ page, run }) => {
  const start = performance.now();
  await page.goto(url, { waitUntil: 'load' });
  await run(painted);
  const took = Math.round(performance.now() - start);
  const mark = await run('Math.round(performance.getEntriesByName("lastlook-drawn")[0]?.startTime ?? -1)');
  const limit = expect.maxMs ?? 1000;
  check(took <= limit, `loaded and painted in ${took} ms (map drawn at ${mark} ms, limit ${limit} ms)`);
};

/** Brings the first explorer into sight, where it is drawn. */
const explorer = async ({ page, run }) => {
  await run(`(() => {
    const host = document.querySelector('.explorer');
    for (let at = host; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    host.scrollIntoView();
  })()`);
  await page.locator('.explorer .cell').first().waitFor({ timeout: 5000 }).catch(() => {});
};

const map = async ({ page, run }) => {
  const cells = await run('document.querySelector(".explorer .map")?.querySelectorAll("button.cell").length ?? 0');
  check(cells > 0 && cells <= 201, `the map has ${cells} cells`);
  const nameless = await run(
    '[...document.querySelectorAll("button.cell")].filter((one) => !/\\w/.test(one.textContent)).length');
  check(nameless === 0, 'every cell has a name');
  const overlap = await run(`(() => {
    const boxes = [...document.querySelector('.explorer .map').querySelectorAll('.cell')]
      .map((one) => one.getBoundingClientRect());
    let area = 0;
    boxes.forEach((a, at) => boxes.slice(at + 1).forEach((b) => {
      area += Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
        * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    }));
    return Math.round(area);
  })()`);
  check(overlap < 500, 'cells do not lie on each other', `${overlap} square pixels do`);
  const depth = () => run('document.querySelector(".explorer .crumbs").querySelectorAll("li").length');
  const focused = () => run('document.activeElement.textContent');
  const folder = await run('Boolean(document.querySelector(".explorer .cell.folder, .explorer .cell.rest"))');
  await run('document.querySelector(".explorer .cell[tabindex=\'0\']").focus()');
  if (cells > 1) {
    const first = await focused();
    let moved = false;
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) {
      await page.keyboard.press(key);
      moved ||= await focused() !== first;
    }
    check(moved, 'arrow keys move between cells');
  }
  if (!folder) return console.log('     (no folder in the map: nothing to open)');
  await run('document.querySelector(".explorer .cell.folder, .explorer .cell.rest").focus()');
  const entered = await focused();
  await page.keyboard.press('Enter');
  check(await depth() === 2, 'Enter opens a folder of the map');
  check(await run('document.activeElement.classList.contains("cell")'), 'the focus goes with it');
  await page.keyboard.press('Escape');
  check(await depth() === 1, 'Escape goes up again');
  check(await focused() === entered, 'and back to the same cell', `${await focused()} is not ${entered}`);
  for (const [name, value] of [['by', 'package'], ['party', 'third'], ['what', 'lines'], ['party', 'all'], ['by', 'folder']]) {
    await run(`document.querySelector('.explorer input[name$="-${name}"][value="${value}"]').click()`);
  }
  check(await run('document.querySelectorAll(".explorer .cell").length') > 0, 'grouping, party and size can be chosen');
};

const search = async ({ page, run }) => {
  const status = () => run('document.querySelector(".explorer [aria-live]").textContent');
  const numbers = (text) => (text.match(/\d[\d,]*/g) ?? []).map((number) => Number(number.replaceAll(',', '')));
  const before = await status();
  check(numbers(before)[0] === expect.total, `the tree holds ${expect.total} files`, `it says "${before}"`);
  const input = page.locator('.explorer input[type=search]').first();
  await input.fill(expect.query);
  await page.waitForTimeout(300);
  const text = await status();
  const [found, of] = numbers(text);
  check(found === expect.count && of === expect.total, `"${expect.query}" finds ${expect.count}`, `it says "${text}"`);
  const rows = await run('document.querySelector(".explorer").querySelectorAll(".leaf").length');
  check(expect.count > 200 ? rows > 0 : rows === expect.count, `and shows ${rows} of them`);
  await input.fill('');
  await page.waitForTimeout(300);
  check(await status() === before, 'an empty search shows all again');
  await run('document.querySelector(".explorer .branch")?.click()');
};

const accessible = async (browser, colorScheme) => {
  const seen = await open(browser, { colorScheme, bypassCSP: true });
  await seen.page.goto(url);
  if (!expect.empty) await explorer(seen);
  await seen.run('document.querySelector(".explorer .branch")?.click()');
  await seen.run(axe);
  // Ten thousand rows of one form tell no more than a few do, and axe looks at each of them for long.
  const violations = await seen.run(`(() => {
    document.querySelectorAll('.rule ol').forEach((list) => [...list.children].slice(20).forEach((row) => row.remove()));
    return axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations.map((one) =>
      one.id + ' (' + one.nodes.length + '): ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')));
  })()`);
  check(violations.length === 0, `axe finds nothing in ${colorScheme}`, violations.join('\n      '));
  await seen.context.close();
};

const narrow = async (browser) => {
  const seen = await open(browser, { viewport: { width: 390, height: 844 } });
  await seen.page.goto(url);
  if (!expect.empty) await explorer(seen);
  await seen.run('document.querySelector(".explorer .branch")?.click()');
  await seen.run('document.querySelectorAll("details").forEach((one, at) => { if (at < 60) one.open = true; })');
  await seen.run(painted);
  const width = await seen.run('document.documentElement.scrollWidth');
  check(width <= 390, 'no horizontal scroll at 390 pixels', `the page is ${width} pixels wide`);
  check(seen.faults.length === 0, 'and no complaint there', seen.faults.join('; '));
  await seen.context.close();
};

const screenshots = async (browser, folder) => {
  mkdirSync(folder, { recursive: true });
  const name = basename(report, '.html');
  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark']) {
      const seen = await open(browser, { viewport: { width, height: 900 }, colorScheme });
      await seen.page.goto(url);
      await seen.run(painted);
      await seen.page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
      const height = Math.min(await seen.run('document.documentElement.scrollHeight'), 6000);
      await seen.page.setViewportSize({ width, height });
      await seen.page.waitForTimeout(200);
      await seen.page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}-long.png`) });
      await seen.context.close();
    }
  }
  const seen = await open(browser, { viewport: { width: 794, height: 3000 } });
  await seen.page.goto(url);
  await seen.page.emulateMedia({ media: 'print' });
  await seen.page.waitForTimeout(200);
  await seen.page.screenshot({ path: join(folder, `${name}-print.png`) });
  await seen.context.close();
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: FLAGS,
});
try {
  console.log(`${report}: ${statSync(report).size} bytes`);
  // The first page of a fresh browser pays for the browser's own start.
  await (await open(browser)).page.goto('about:blank');
  const seen = await open(browser);
  await speed(seen);
  if (expect.empty) {
    check(await seen.run('document.querySelectorAll(".explorer").length') === 0, 'nothing is exposed, and no map drawn');
  } else {
    await explorer(seen);
    await map(seen);
    await search(seen);
  }
  check(await seen.run('window.pwned === undefined && ({}).polluted === undefined'), 'hostile text was not obeyed');
  check(seen.faults.length === 0, 'no error, no dialog, no breach of the policy, no request', seen.faults.join('; '));
  await seen.context.close();
  for (const scheme of ['light', 'dark']) await accessible(browser, scheme);
  await narrow(browser);
  if (values.screenshots) await screenshots(browser, values.screenshots);
} catch (error) {
  check(false, 'the check itself', error.stack);
} finally {
  await browser.close();
}
console.log(failures === 0 ? 'all is well' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
