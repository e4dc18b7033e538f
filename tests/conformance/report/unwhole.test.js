// A run that is not whole, and a bridge that died, as the page shows them.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';
import {root} from '../process.js';

const folder = mkdtempSync(path.join(tmpdir(), 'linecheck-unwhole-'));
let browser;

function linecheck(args) {
  const {status, stdout, stderr} = spawnSync(path.join(process.env.LINECHECK_BIN, 'linecheck'), args,
    {cwd: folder, encoding: 'utf8', env: {...process.env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: ''}});
  return {status, text: stdout + stderr};
}

async function page() {
  const shown = await browser.newPage();
  await shown.goto(String(pathToFileURL(path.join(folder, 'out/report.html'))));
  return shown;
}

before(async () => {
  const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: sandbox});
});
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true});
});

test('a run that ended early says so above its list', async () => {
  const normal = readFileSync(path.join(root, 'scenarios/library/sound/normal.yaml'), 'utf8');
  writeFileSync(path.join(folder, 'a.yaml'), normal.replace(/name: .*/, 'name: a').replace('verdict: normal', 'verdict: no_turn'));
  writeFileSync(path.join(folder, 'b.yaml'), normal.replace(/name: .*/, 'name: b'));
  const {status, text} = linecheck(['run', '--fail-fast', '--jobs', '1', 'a.yaml', 'b.yaml']);
  assert.equal(status, 1, text);
  const shown = await page();
  assert.match(await shown.locator('#ended').innerText(), /^Ended early, and \d+ of \d+ scenarios were not run\.$/);
  await shown.close();
});

test('a run in which nothing was run says so, and not that nothing matches', async () => {
  const {status, text} = linecheck(['run', '--shard', '9/9', 'b.yaml']);
  assert.equal(status, 0, text);
  const shown = await page();
  assert.equal(await shown.locator('#nothing').innerText(), 'No scenario has come to its end.');
  assert.equal(await shown.locator('#ended').isVisible(), false);
  await shown.close();
});

test('a bridge that died is what failed first, and where to look', async () => {
  writeFileSync(path.join(folder, 'bridge.mjs'), `import {createServer} from 'node:http';
process.on('SIGTERM', () => {});
createServer((request, response) => response.writeHead(200, {'Content-Type': 'text/xml'})
  .end('<Response><Hangup/></Response>', () => { if (request.method === 'POST') process.abort(); }))
  .listen(process.env.PORT, '127.0.0.1');\n`);
  writeFileSync(path.join(folder, 'dies.yaml'), `linecheck: 1
name: dies
about: The bridge hangs up, and dies.
caller: [{wait: 1s}]
expect:
  - verdict: normal
`);
  const {status, text} = linecheck(['run', '--bridge-command', `'${process.execPath}' bridge.mjs`, 'dies.yaml']);
  assert.equal(status, 1, text);
  const shown = await page();
  assert.match(await shown.locator('.failure').first().innerText(), /the bridge's process ended by SIGABRT at/);
  assert.equal(await shown.locator('.leg h3').innerText(), 'Look at: Bridge');
  await shown.close();
});
