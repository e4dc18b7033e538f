// linecheck-bridge as a process, configured for two fakes; what it counts, and what it says of its calls.
import {createHmac} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {freePort, start} from '../process.js';
import {assertKept} from '../secrets.js';

export const account = {sid: `AC${'b2'.repeat(16)}`, token: 'fedcba9876543210fedcba9876543210'};
export const apiToken = 'a-token-of-the-calls-api';
const secret = 'a-secret-that-all-replicas-share';
const apiKey = 'sk-of-the-edges-0123456789';
const secrets = [account.token, apiToken, secret, apiKey];

/** Options of `linecheck twilio` for the account above. */
export const twilioOptions = ['--account-sid', account.sid, '--auth-token', account.token, '--seed', '1'];

/** Deep merge of plain objects; arrays and scalars are replaced. */
function merged(base, over) {
  const out = {...base};
  for (const [key, value] of Object.entries(over)) {
    const deep = value && base[key] && [value, base[key]].every((x) => x.constructor === Object);
    out[key] = deep ? merged(base[key], value) : value;
  }
  return out;
}

/** `publicUrl`: what Twilio is told; `port`: where this process listens; `config`: over the usual one. */
export async function startBridge({publicUrl, port, twilio, openaiUrl, config = {}}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'linecheck-edges-'));
  const file = path.join(folder, 'bridge.yaml');
  const admin = await freePort();
  const usual = {
    public_url: publicUrl,
    listen: {host: '127.0.0.1', port},
    admin: {host: '127.0.0.1', port: admin},
    twilio: {account_sid: account.sid, auth_token: account.token, api_base: twilio.listen},
    twiml: {track: 'inbound_track', after_stream: '<Say>Please call again.</Say><Hangup/>'},
    openai: {url: openaiUrl, model: 'gpt-realtime', api_key: apiKey},
    agent: {greeting: 'none'},
    stream_token: {secret},
    outbound: {api_token: apiToken, allow: ['+1*'], from: '+18005551212'},
    drain: {accept_for: '0s', grace: '1s'},
  };
  writeFileSync(file, JSON.stringify(merged(usual, config)));
  const bridge = await start('linecheck-bridge', ['--config', file], {ready: / ready public=/});
  const own = `http://127.0.0.1:${port}`;
  return {
    ...bridge,
    port,
    metrics: async () => {
      const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
      return parse(assertKept(secrets, text, '/metrics'));
    },
    /** The operators' interface of this very process: [status, body]. */
    calls: async (method, rest = '', body = undefined) => {
      const headers = {Authorization: `Bearer ${apiToken}`};
      const answer = await fetch(`${own}/calls${rest}`, {method, headers, body: body && JSON.stringify(body)});
      return [answer.status, JSON.parse(assertKept(secrets, await answer.text(), '/calls'))];
    },
    stop: async () => {
      const status = await bridge.stop();
      rmSync(folder, {recursive: true, force: true});
      assertKept(secrets, bridge.output(), "the bridge's log");
      return status;
    },
  };
}

/** Series by their text, such as `a_total{b="c"}`. */
function parse(text) {
  const series = new Map();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line && !line.startsWith('#')) series.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return series;
}

/** Sum over all series of `family` that hold each of `labels` (`name="value"`). */
export function sum(metrics, family, ...labels) {
  let total = 0;
  for (const [name, value] of metrics) {
    if (name.split('{')[0] === family && labels.every((label) => name.includes(label))) total += value;
  }
  return total;
}

/** The verdicts that were given, as `verdict/reason`, each as often as it was. */
export function verdicts(metrics) {
  const given = [];
  for (const [name, value] of metrics) {
    const found = /^voicebridge_call_verdicts_total\{verdict="(\w+)",reason="(\w+)"\}$/.exec(name);
    for (let i = 0; found && i < value; ++i) given.push(`${found[1]}/${found[2]}`);
  }
  return given;
}

export async function until(look, what, seconds = 15) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(50);
  }
}

/** X-Twilio-Signature, for requests that a test makes itself. */
export function sign(url, params = {}) {
  const text = Object.keys(params).sort().reduce((so_far, name) => so_far + name + params[name], url);
  return createHmac('sha1', account.token).update(text).digest('base64');
}

/** Asks a webhook as Twilio does; gives the TwiML. */
export async function webhook(url, params) {
  const headers = {'X-Twilio-Signature': sign(url, params)};
  const answer = await fetch(url, {method: 'POST', headers, body: new URLSearchParams(params)});
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return assertKept(secrets, await answer.text(), url);
}
