// The report as its readers have it: in a browser, from a file, by eye, by ear and by keyboard.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import {chromium} from 'playwright-core';
import {root} from '../process.js';

const folder = mkdtempSync(path.join(tmpdir(), 'linecheck-report-'));
const out = path.join(folder, 'out');
const late = path.join(root, 'tests/conformance/report/scenarios/hebrew-and-late.yaml');
let browser;
let run;

function linecheck(args, env = {}) {
  const {status, stdout, stderr} = spawnSync(path.join(process.env.LINECHECK_BIN, 'linecheck'), args,
    {cwd: folder, encoding: 'utf8', env: {...process.env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', ...env}});
  return {status, text: stdout + stderr};
}

/** A page whose console, errors and requests are watched; `watched.bad` must stay empty. */
async function openPage(file, hash = '', options = {}) {
  const context = await browser.newContext({viewport: {width: 1440, height: 1000}, ...options});
  const page = await context.newPage();
  const bad = [];
  page.on('console', (message) => bad.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => bad.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) bad.push(`asked for ${request.url()}`);
  });
  await page.goto(`${pathToFileURL(file)}${hash}`);
  return {page, bad, close: () => context.close()};
}

const opened = (hash, options) => openPage(path.join(out, 'report.html'), hash, options);
const heading = (page) => page.locator('h1 [dir=auto]').innerText();
// The page follows its address in a moment of its own.
const arrived = (page) =>
  page.waitForFunction(() => document.title.includes(decodeURIComponent(location.hash.slice(1))));

before(async () => {
  const summary = path.join(folder, 'summary.md');
  writeFileSync(summary, '');
  run = linecheck(['run', '--out', out, late, path.join(root, 'scenarios/library/barge-in')],
    {GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: root, GITHUB_STEP_SUMMARY: summary});
  run.summary = readFileSync(summary, 'utf8');
  const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...sandbox, '--autoplay-policy=no-user-gesture-required'],
  });
});
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true});
});

test('a run leaves the tree that the documentation promises, folders for what failed', () => {
  assert.equal(run.status, 1, run.text);
  for (const file of ['junit.xml', 'results.json', 'report.html', 'hebrew-and-late/heard.wav',
    'hebrew-and-late/wires.jsonl', 'hebrew-and-late/bridge.log', 'hebrew-and-late/metrics.prom']) {
    assert.ok(existsSync(path.join(out, file)), file);
  }
  assert.ok(!existsSync(path.join(out, 'barge-in')));
  const results = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
  assert.equal(results.failed, 1);
  const [failed] = results.scenarios.filter((scenario) => scenario.status === 'failed');
  assert.match(failed.expectations[2].nearest_miss, /would have held at/);
});

test('junit.xml is XML, and says what failed', () => {
  const xml = readFileSync(path.join(out, 'junit.xml'), 'utf8');
  assert.equal(XMLValidator.validate(xml), true);
  const {testsuites} = new XMLParser({ignoreAttributes: false}).parse(xml);
  const bad = testsuites.testsuite.testcase.filter((one) => one.failure);
  assert.equal(bad.length, 1);
  assert.equal(bad[0]['@_name'], 'hebrew-and-late');
});

test('GitHub gets annotations beside the lines, and a summary', () => {
  const line = readFileSync(late, 'utf8').split('\n').findIndex((text) => text.includes('== 7')) + 1;
  assert.match(run.text, new RegExp(`^::error file=tests/conformance/report/scenarios/hebrew-and-late.yaml,line=${line},`, 'm'));
  assert.match(run.summary, /<b>hebrew-and-late<\/b>/);
});

test('the page opens at what failed, says why, and is quiet in the console', async () => {
  const {page, bad, close} = await opened('');
  assert.equal(await heading(page), 'hebrew-and-late');
  const failures = page.locator('article.failure');
  assert.equal(await failures.count(), 2);
  assert.match(await failures.first().innerText(), /Nearest miss: it would have held at \d/);
  assert.match(await page.locator('.replay code').innerText(), /^linecheck run .*--filter 'hebrew-and-late'/);
  const margin = await page.locator('.source .line button.glyph').allInnerTexts();
  assert.deepEqual(margin, ['✓', '✓', '✗', '✗']);
  for (const label of ['Caller says', 'Caller hears', 'Twilio', 'Bridge', 'OpenAI', 'Model says']) {
    assert.ok(await page.locator('.lanes .label', {hasText: label}).first().isVisible(), label);
  }
  for (const wave of await page.locator('.lanes .wave').all()) assert.ok((await wave.boundingBox()).height > 10);
  assert.ok(await page.locator('.lanes path.metric').count() >= 3);
  assert.deepEqual(bad, []);
  await close();
});

test('text in Hebrew stands as it is read, and markup in it stays text', async () => {
  const {page, close} = await opened('#hebrew-and-late');
  const about = page.locator('p.about');
  assert.match(await about.innerText(), /^המתקשר .*<b>not bold<\/b>$/);
  assert.equal(await about.evaluate((element) => getComputedStyle(element).direction), 'rtl');
  assert.equal(await page.locator('main b', {hasText: 'not bold'}).count(), 0);
  await page.evaluate(() => view.lanes.setZoom(64));  // so that all of the words have room
  const reply = page.locator('.lanes .in-span', {hasText: 'תודה'});
  assert.ok((await reply.textContent()).includes('\u2068תודה שהתקשרתם?\u2069'));
  // The question mark is at the words' end, which is their left.
  const [mark, first] = await reply.evaluate((text) => ['?', 'ת'].map((character) =>
    text.getExtentOfChar(text.textContent.indexOf(character)).x));
  assert.ok(mark < first, `${mark} ${first}`);
  await close();
});

test('the call is heard: caller left, bot right, as long as the call, and the line moves with it', async () => {
  const {page, bad, close} = await opened('#hebrew-and-late');
  await page.getByRole('button', {name: '▶ Play'}).click();
  await page.waitForFunction(() => view.player.audio.currentTime > 0.3);
  const sound = await page.evaluate(async () => {
    const {audio} = view.player;
    const bytes = Uint8Array.from(atob(audio.src.split(',')[1]), (c) => c.charCodeAt(0));
    const decoded = await new OfflineAudioContext(2, 1, 8000).decodeAudioData(bytes.buffer);
    const energy = (channel) => decoded.getChannelData(channel).reduce((sum, x) => sum + x * x, 0);
    return {seconds: decoded.duration, audio: audio.duration, left: energy(0), right: energy(1), src: audio.src.slice(0, 22),
      head: Number(view.lanes.head.getAttribute('x1')), zero: view.lanes.x(0)};
  });
  assert.equal(sound.src, 'data:audio/wav;base64,');
  const results = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
  const lasted = results.scenarios.find((one) => one.name === 'hebrew-and-late').scenario_seconds;
  assert.ok(Math.abs(sound.seconds - lasted) < 1, `${sound.seconds} of ${lasted}`);
  assert.ok(Math.abs(sound.seconds - sound.audio) < 0.1);
  assert.ok(sound.left > 1 && sound.right > 1, JSON.stringify(sound));
  assert.ok(sound.head > sound.zero);
  await page.getByRole('button', {name: /Pause/}).click();
  await page.waitForFunction(() => view.player.audio.paused);
  assert.deepEqual(bad, []);
  await close();
});

test('the sound in the page is the sound in heard.wav', async () => {
  const {page, close} = await opened('#hebrew-and-late');
  const wav = await page.evaluate(() => Array.from(wavOf([{...view.story.calls[0].heard, at: 0}])));
  // Not deepEqual: to show how two long sounds differ, it lays every byte against every other.
  assert.ok(Buffer.from(wav).equals(readFileSync(path.join(out, 'hebrew-and-late/heard.wav'))));
  await close();
});

test('all of it works by keyboard', async () => {
  const {page, bad, close} = await opened('');
  await page.keyboard.press('/');
  await page.keyboard.type('tunnel');
  assert.equal(await page.locator('#list li:visible').count(), 1);
  await page.keyboard.press('Enter');
  await arrived(page);
  assert.equal(await heading(page), 'barge-in-through-a-tunnel');
  assert.match(page.url(), /#barge-in-through-a-tunnel$/);
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await page.keyboard.press('k');
  await arrived(page);
  const before = await heading(page);
  await page.keyboard.press('j');
  await arrived(page);
  assert.notEqual(await heading(page), before);
  await page.locator('.scroller').focus();
  const chosen = async () => Number(/(\d+) of \d+/.exec(await page.locator('.inspector p').innerText())[1]);
  await page.keyboard.press('ArrowRight');
  const first = await chosen();
  await page.keyboard.press('ArrowRight');
  assert.equal(await chosen(), first + 1);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await chosen(), first);
  const width = () => page.locator('.lanes svg').evaluate((svg) => svg.getBoundingClientRect().width);
  const narrow = await width();
  await page.keyboard.press('+');
  assert.ok(await width() > narrow * 1.8);
  assert.deepEqual(bad, []);
  await close();
});

test('space plays, wherever the keyboard has come to', async () => {
  const {page, bad, close} = await opened('');
  const playing = (on) => page.waitForFunction((wanted) => view.player.audio.paused !== wanted, on);
  // Only what failed has sound; its neighbour shows that the list can be left and come back to.
  for (const keys of [['j', 'k'], ['/', 'Enter'], ['N']]) {
    for (const key of keys) {
      await page.keyboard.press(key);
      await arrived(page);
    }
    assert.equal(await heading(page), 'hebrew-and-late', keys.join());
    await page.keyboard.press(' ');
    await playing(true);
    await page.keyboard.press(' ');
    await playing(false);
  }
  assert.deepEqual(bad, []);
  await close();
});

test('n goes to what failed alone, and a link to what is not there says so', async () => {
  const {page, close} = await opened('');
  await page.evaluate(() => { list.sorted[1].status = 'inconclusive'; list.sorted[2].status = 'not_applicable'; });
  await page.keyboard.press('n');
  assert.equal(await heading(page), 'hebrew-and-late');
  await close();
  const absent = await opened('#no-such-call?');
  assert.equal(await heading(absent.page), 'hebrew-and-late');
  assert.match(await absent.page.locator('#absent').innerText(), /^No scenario of this run is called .no-such-call\?.\.$/);
  await absent.page.locator('#list a').nth(1).click();
  await arrived(absent.page);
  assert.equal(await absent.page.locator('#absent').isVisible(), false);
  await absent.close();
});

test('on a phone nothing is wider than the screen, with all filters there are', async () => {
  const {page, close} = await opened('', {viewport: {width: 390, height: 844}});
  await page.evaluate(() => {
    ['inconclusive', 'known_failing', 'not_applicable', 'broken'].forEach((status, i) => {
      report.scenarios.filter((one) => one.status === 'passed')[i].status = status;
    });
    document.getElementById('filters').replaceChildren();
    list.addFilters();
  });
  assert.equal(await page.locator('#filters button').count(), 7);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
  await close();
});

test('a message that failed is read where its mark is, without its sound', async () => {
  const {page, close} = await opened('#hebrew-and-late');
  await page.locator('.lanes .mark').nth(8).click();
  assert.match(await page.locator('.inspector pre').innerText(), /"(type|event|url)": /);
  assert.ok(!/"payload": "\S{40}/.test(await page.locator('.inspector pre').innerText()));
  await close();
});

test('filters by how it went and by words, and says when nothing is left', async () => {
  const {page, close} = await opened('');
  const rows = page.locator('#list li:visible');
  const all = await rows.count();
  await page.getByRole('button', {name: /Failed/}).click();
  assert.equal(await rows.count(), 1);
  await page.getByRole('button', {name: /Passed/}).click();
  assert.equal(await rows.count(), all - 1);
  await page.locator('#search').fill('no such scenario');
  assert.equal(await rows.count(), 0);
  assert.ok(await page.getByText('No scenario matches.').isVisible());
  await close();
});

/** WCAG's contrast of an element's text with what is behind it. */
function contrast(element) {
  const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
  let behind = element;
  while (parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const light = (colour) => parse(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const pair = [light(getComputedStyle(element).color), light(getComputedStyle(behind).backgroundColor)].sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}

for (const colorScheme of ['light', 'dark']) {
  test(`is legible in ${colorScheme}`, async () => {
    const {page, bad, close} = await opened('', {colorScheme});
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const brightness = ground.match(/\d+/g).slice(0, 3).reduce((sum, c) => sum + Number(c), 0) / 3;
    assert.equal(brightness > 128, colorScheme === 'light');
    for (const where of ['h1', 'p.about', '.facts', '.failure .why', '.failure .miss b', 'button.link', '.badge',
      'nav .verdict', '.line code', '.note.failed', '.label.caller span', '.label.bot span', 'button.play']) {
      const ratio = await page.locator(where).first().evaluate(contrast);
      assert.ok(ratio >= 4.5, `${where}: ${ratio.toFixed(2)}`);
    }
    assert.deepEqual(bad, []);
    await close();
  });
}

test('survives five hundred scenarios', async () => {
  const seeds = Array.from({length: 100}, (_, i) => i + 1).join(', ');
  const files = [1, 2, 3, 4, 5].map((number) => {
    const file = path.join(folder, `many-${number}.yaml`);
    writeFileSync(file, readFileSync(late, 'utf8').replace(/name: .*/, `name: many-${number}`)
      .replace('linecheck: 1', `linecheck: 1\nmatrix: {seed: [${seeds}]}\nseed: $seed`)
      .replace(/ {2}- \{after: question.*\n.*\n/, ''));
    return file;
  });
  const place = path.join(folder, 'many');
  const {status, text} = linecheck(['run', '--out', place, ...files]);
  assert.equal(status, 0, text.slice(-2000));
  const file = path.join(place, 'report.html');
  assert.ok(readFileSync(file).length < 16_000_000);
  const {page, bad, close} = await openPage(file);
  assert.equal(await page.locator('#list li').count(), 500);
  const took = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
  assert.ok(took < 5_000, `loaded in ${took} ms`);
  const begin = Date.now();
  await page.locator('#search').fill('many-5[99]');
  await page.locator('#list li:visible a').first().click();
  await arrived(page);
  assert.match(await heading(page), /^many-5\[99\]$/);
  assert.ok(Date.now() - begin < 3_000);
  assert.deepEqual(bad, []);
  await close();
});
