// usage: node draw.js DASHBOARD PROMETHEUS FROM TO PICTURE [ROW...]
//        draws DASHBOARD (a file) as of the unix times FROM to TO, without the rows of these titles
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const WIDTH = 1240, SCALE = 1.13;  // a README shows 830 px of it: letters have to be large
const INTER = import.meta.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2');
const PAGE = '<!doctype html><meta charset="utf-8"><body style="margin: 0"></body>';

const [file, prometheus, from, to, picture, ...leaveOut] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [new URL('page.jsx', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
  jsx: 'automatic', minify: true, define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'error',
  loader: { '.ttf': 'empty' }, outdir: 'bundle',
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, deviceScaleFactor: SCALE });
  page.on('pageerror', error => { console.error(error.stack); process.exitCode = 1; });
  page.on('console', message => console.error(message.text(), message.location().url));
  // A page of Prometheus' own address may ask it, and has the storage that the components look into.
  const address = `${prometheus}/dashboard`;
  await page.route(address, route => route.fulfill({ contentType: 'text/html', body: PAGE }));
  // Where the components look for the letters and the icons of the server.
  await page.route('**/public/**', route => {
    const [, path] = new URL(route.request().url()).pathname.split(/\/public\/(?:build\/)?/);
    const file = path.startsWith('fonts/inter/') ? INTER : new URL(`../public/${path}`, import.meta.resolve('@grafana/ui'));
    return route.fulfill({ path: fileURLToPath(file) });
  });
  await page.goto(address);
  for (const { path, text } of outputFiles)
    await (path.endsWith('.css') ? page.addStyleTag({ content: text }) : page.addScriptTag({ content: text }));
  await page.evaluate(options => window.draw(options), {
    dashboard: JSON.parse(await readFile(file)), prometheus, from: Number(from), to: Number(to), width: WIDTH, leaveOut,
  });
  await page.waitForLoadState('networkidle');  // the icons
  await page.locator('#dashboard').screenshot({ path: picture });
} finally {
  await browser.close();
}
