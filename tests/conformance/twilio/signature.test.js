// The official library as judge of signatures, in both directions: over the fake's signer, the bridge's
// verifier, and every request that the fake sends.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {createRequire} from 'node:module';
import twilio from 'twilio';
import {numbers, patient, randomNumbers, startApplication, startFake, until} from './fake.js';

const {getExpectedTwilioSignature} = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks');
const published = '12345678901234567890123456789012';

const P = {
  AccountSid: 'AC00000000000000000000000000000001',
  ApiVersion: '2010-04-01',
  CallSid: 'CA1234567890abcdef1234567890abcdef',
  CallStatus: 'ringing',
  Direction: 'inbound',
  From: '+14158675310',
  To: '+18005551212',
};
const call = 'CallSid=CA1234567890abcdef1234567890abcdef&From=%2B14158675310&To=%2B18005551212';
const vectors = [
  ['https://bridge.example.com/voice/incoming', P, 'NV2zvO6splwn6x4aqTArIKQevoM='],
  ['https://bridge.example.com:443/voice/incoming', P, 'NCA+u+Kj/vo90SqSWVfsFM/CZJA='],
  ['https://bridge.example.com:8443/voice/incoming', P, '5VewNgV35yNIislcphmyl6ZTiDQ='],
  ['http://127.0.0.1:8080/voice/incoming?tenant=a%20b&x=1', P, 'CX/yucPeDHH6Sy9EjOtkoUi15TQ='],
  ['http://127.0.0.1/voice/incoming?tenant=a%20b&x=1', P, 'CnX2ZavChd8ideR3DSyYZkE3LbU='],
  [
    'https://bridge.example.com/voice/status',
    {StatusCallbackEvent: ['ringing', 'answered', 'ringing'], CallSid: P.CallSid, a: '1', B: '2'},
    'fO11oVMxBthOMb8SM+lPK3OgHtM=',
  ],
  [
    'https://bridge.example.com/voice/incoming?name=%E7%94%B0',
    {FromCity: 'São Paulo', CallerName: 'Zoë 田中 😀', From: '+551149502277', Empty: ''},
    '/lH7bGndWJqrMeUYlp81DzAhVao=',
  ],
  [`https://bridge.example.com/voice/incoming?${call}`, {}, 'iOBjZNSqoYehMf3k37ca+JG2pCQ='],
  [
    'https://example.com/myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9',
    {},
    'kbd8a5sPgWzdRS2n2oEH2tVQif0=',
  ],
  ['wss://bridge.example.com/media-stream', {}, 'VHpNBxeTF40perOJan8VHmZrcI4='],
  ['wss://bridge.example.com/media-stream/', {}, 'NPUJaLkl6nXtDDXXT0iNrj3nEbs='],
  ['wss://bridge.example.com', {}, 'm7lufzYV7wCCRl2ZJOCLZjjcx6s='],
  ['wss://bridge.example.com/', {}, 'zIBKkkdxeTAbwBHY6Q/UqRIICwk='],
  ['ws://127.0.0.1:9000/media-stream', {}, 'iNRJsF/ZDOA3ciY47dhb83bX3p0='],
  ['https://h/p', {b: '1', A: '2', a: '3', B: '4'}, '7n+7ZHyWmnoY2sLNg6TlTk2mEfE='],
].map(([url, params, signature]) => ({token: published, url, params, signature}));
vectors.push({
  token: '12345',
  url: 'https://example.com/myapp.php?foo=1&bar=2',
  signature: 'L/OH5YylLD5NRKLltdqwSvS0BnU=',
  params: {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  },
});

/** Both of our implementations, asked about many cases at once. */
function ours(cases) {
  const lines = cases.map(({token, url, params, signature, body}) =>
    JSON.stringify({
      token,
      url,
      signature,
      body,
      form: Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
    }),
  );
  const tool = spawnSync(path.join(process.env.LINECHECK_BIN, 'signature_tool'), {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  assert.equal(tool.status, 0, tool.stderr ?? String(tool.error));
  return tool.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('all agree on the reference vectors', () => {
  const answers = ours(vectors);
  vectors.forEach(({token, url, params, signature}, i) => {
    assert.equal(getExpectedTwilioSignature(token, url, params), signature, url);
    assert.ok(twilio.validateRequest(token, signature, url, params), url);
    assert.equal(answers[i].fake, signature, url);
    assert.equal(answers[i].bridge, signature, url);
    assert.equal(answers[i].valid, i !== 8, url); // that one without the body that its hash is of
  });
  assert.ok(
    twilio.validateRequestWithBody(
      published,
      vectors[8].signature,
      vectors[8].url,
      '{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}',
    ),
  );
});

/** URLs and parameters such as no sane application has, and then some. */
function generate(count, seed) {
  const below = randomNumbers(seed);
  const pick = (list) => list[below(list.length)];
  const words = [
    'a',
    'B',
    'voice',
    'Ünïcode',
    '田中',
    '😀',
    'a b',
    '+1',
    '100%',
    '&=?',
    '',
    '  ',
    'é',
    '"<>\'',
    'x'.repeat(300),
    '\t',
    'CA1234',
    '/../',
    ';',
    '#',
  ];
  const word = () => pick(words) + (below(3) ? '' : pick(words));
  const cases = [];
  for (let i = 0; i < count; ++i) {
    const scheme = pick(['https', 'http', 'wss', 'ws']);
    const host = pick(['h', 'bridge.example.com', '127.0.0.1', 'a-b.c.example', '[::1]']);
    const port = pick(['', '', ':8443', ':8080', ':1']);
    const segments = Array.from({length: below(4)}, () =>
      encodeURIComponent(word()).replaceAll('..', 'dots'),
    );
    const query = Array.from(
      {length: below(3)},
      (_, n) => `${pick(['x', 'Y', 'name'])}${n}=${encodeURIComponent(word())}`,
    );
    const url = `${scheme}://${host}${port}/${segments.join('/')}${query.length ? `?${query.join('&')}` : ''}`;
    const params = {};
    if (scheme.startsWith('http')) {
      for (let n = below(8); n > 0; --n) {
        const name = pick(['From', 'To', 'a', 'B', 'aa', 'Z', 'CallerName', 'x.y', 'Digits', 'Ä']);
        params[name] = below(4) ? word() : Array.from({length: 2 + below(3)}, word);
      }
    }
    const token = Array.from({length: 32}, () => below(16).toString(16)).join('');
    cases.push({token, url, params, signature: getExpectedTwilioSignature(token, url, params)});
  }
  return cases;
}

test('all agree on thousands of generated requests', () => {
  const cases = generate(4000, 'linecheck');
  const answers = ours(cases);
  cases.forEach(({token, url, params, signature}, i) => {
    const where = `case ${i}: ${url} ${JSON.stringify(params)}`;
    assert.equal(answers[i].fake, signature, where);
    assert.equal(answers[i].bridge, signature, where);
    assert.ok(answers[i].valid, where);
    assert.ok(twilio.validateRequest(token, answers[i].fake, url, params), where);
    assert.ok(twilio.validateRequest(token, answers[i].webhook, url, params), where);
  });
});

test('both hold a JSON body to its hash in the URL', () => {
  const below = randomNumbers('bodies');
  const cases = generate(500, 'bodies').map(({token, url, params}) => {
    const body = JSON.stringify({...params, n: below(1000)});
    const hash = createHash('sha256').update(body).digest('hex');
    const signed = `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${hash}`;
    const sent = below(2) ? body : `${body} `;
    return {token, url: signed, params: {}, body: sent, signature: getExpectedTwilioSignature(token, signed, {})};
  });
  ours(cases).forEach(({valid}, i) => {
    const {token, url, body, signature} = cases[i];
    assert.equal(valid, twilio.validateRequestWithBody(token, signature, url, body), `case ${i}: ${url} ${body}`);
  });
});

test('none takes a signature over something else', () => {
  const below = randomNumbers('forgery');
  const forged = generate(4000, 'linecheck').map((one) => {
    const kind = below(4);
    if (kind === 0) return {...one, token: one.token.replace(/^./, 'g')};
    if (kind === 1) return {...one, params: {...one.params, Added: 'x'}};
    if (kind === 2) return {...one, url: `${one.url}x`};
    const at = below(27);
    const swapped = one.signature[at] === 'A' ? 'B' : 'A';
    return {...one, signature: one.signature.slice(0, at) + swapped + one.signature.slice(at + 1)};
  });
  ours(forged).forEach(({valid}, i) => {
    const {token, url, params, signature} = forged[i];
    assert.equal(valid, false, `the bridge takes case ${i}: ${url}`);
    assert.equal(
      twilio.validateRequest(token, signature, url, params),
      false,
      `the library takes case ${i}: ${url}`,
    );
  });
});

// ---- every request that the fake sends ------------------------------------------------------------------

let fake;
let application;

before(async () => {
  fake = await startFake();
  const stream = (track) =>
    `<Stream url="${application.ws}/media" statusCallback="${application.http}/stream?kind=${track}%20x"/>`;
  application = await startApplication({
    '/voice': () => '<Response><Redirect method="GET">/again?x=1&amp;y=a%20b</Redirect></Response>',
    '/again': () => ({status: 307, headers: {location: '/moved?z=%C3%A9'}, body: ''}),
    '/moved': () =>
      `<Response><Start>${stream('tap')}</Start><Connect action="/action?a=%2B">${stream('talk')}</Connect></Response>`,
    '/action': () => '<Response><Hangup/></Response>',
    '/out': () => '<Response><Pause length="1"/></Response>',
  });
  await fake.control('PUT', '/defaults', patient);
});
after(async () => {
  await fake?.stop();
  await application?.stop();
});

function judge(expected) {
  for (const request of application.requests) {
    const where = `${request.method} ${request.url}`;
    assert.ok(request.valid, `the library refuses ${where}`);
    assert.equal(request.forged, false, `anything is taken for ${where}`);
    assert.match(request.signature, /^[A-Za-z0-9+/]{27}=$/);
  }
  const seen = application.requests.map((r) => `${r.method} ${r.path}`);
  for (const wanted of expected) assert.ok(seen.includes(wanted), `${wanted} is not among ${seen}`);
}

test('the library accepts every webhook, redirect, action, callback and upgrade of a call', async () => {
  const voice = encodeURIComponent(`${application.http}/voice?tenant=a%20b`);
  const status = encodeURIComponent(`${application.http}/status`);
  const {sid} = await fake.control(
    'POST',
    `/calls?voice_url=${voice}&status_callback=${status}&from=%2B4915112345`,
  );
  const talk = await until(() => application.sockets.length === 2 && application.sockets[1], 'both streams');
  talk.connection.close();
  await fake.control('GET', `/calls/${sid}?wait=20`);
  await until(
    () => application.to('/stream').length === 4 && application.to('/status').length === 1,
    'callbacks',
  );
  judge([
    'POST /voice',
    'GET /again',
    'GET /moved',
    'GET /media',
    'POST /stream',
    'POST /action',
    'POST /status',
  ]);
});

test('the library accepts the requests of a call that it created', async () => {
  const {sid} = await fake.client.calls.create({
    ...numbers,
    url: `${application.http}/out?n=1`,
    method: 'GET',
    machineDetection: 'Enable',
    asyncAmd: 'true',
    asyncAmdStatusCallback: `${application.http}/amd`,
    asyncAmdStatusCallbackMethod: 'GET',
    statusCallback: `${application.http}/get?q=%20`,
    statusCallbackMethod: 'GET',
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  await fake.control('GET', `/calls/${sid}?wait=20`);
  await until(() => application.to('/get').length === 4, 'callbacks');
  judge(['GET /out', 'GET /get']);
});
