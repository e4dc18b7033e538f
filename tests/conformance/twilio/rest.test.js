// The official library as client of the REST API.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import twilio from 'twilio';
import {accountSid, authToken, numbers, patient, startApplication, startFake, until} from './fake.js';

let fake;
let application;
let client;

before(async () => {
  fake = await startFake('--calls-per-second', '0', '--api-key', `SK${'b2'.repeat(16)}:secret`);
  application = await startApplication({
    '/wait': () => '<Response><Pause length="600"/></Response>',
    '/bye': () => '<Response><Hangup/></Response>',
  });
  client = fake.client;
  await fake.control('PUT', '/defaults', patient);
});
after(async () => {
  await fake?.stop();
  await application?.stop();
});

const create = (options = {}) =>
  client.calls.create({...numbers, url: `${application.http}/wait`, ...options});
const inProgress = (sid) =>
  until(async () => (await client.calls(sid).fetch()).status === 'in-progress', 'the call is answered');
const refused = (code, status) => (error) => {
  assert.ok(error instanceof twilio.RestException);
  assert.equal(error.code, code);
  assert.equal(error.status, status);
  assert.equal(error.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
  return true;
};

test('creates a call, follows it, and ends it', async () => {
  const call = await create({
    statusCallback: `${application.http}/status`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  assert.match(call.sid, /^CA[0-9a-f]{32}$/);
  assert.equal(call.status, 'queued');
  assert.equal(call.direction, 'outbound-api');
  assert.equal(call.accountSid, accountSid);
  assert.equal(call.toFormatted, '(415) 555-1212');
  assert.ok(call.dateCreated instanceof Date && !Number.isNaN(call.dateCreated.getTime()));
  assert.equal(call.startTime, null);
  assert.equal(call.duration, null);
  assert.match(call.subresourceUris.streams, /Streams\.json$/);

  await inProgress(call.sid);
  const ended = await client.calls(call.sid).update({status: 'completed'});
  assert.equal(ended.sid, call.sid);
  const over = await until(async () => {
    const seen = await client.calls(call.sid).fetch();
    return seen.status === 'completed' && seen;
  }, 'the call ends');

  assert.ok(over.endTime >= over.startTime && over.startTime >= over.dateCreated);
  assert.match(over.duration, /^\d+$/);
  const told = await until(
    () => application.to('/status').length === 4 && application.to('/status'),
    'callbacks',
  );
  const bySequence = told.map((r) => r.params).sort((a, b) => a.SequenceNumber - b.SequenceNumber);
  assert.deepEqual(
    bySequence.map((p) => p.CallStatus),
    ['initiated', 'ringing', 'in-progress', 'completed'],
  );
  assert.equal(bySequence[3].CallDuration, over.duration);
});

test('moves a live call to another document, by url and by TwiML', async () => {
  const first = await create();
  await inProgress(first.sid);
  await client.calls(first.sid).update({url: `${application.http}/bye`, method: 'GET'});
  await until(
    async () => (await client.calls(first.sid).fetch()).status === 'completed',
    'hung up by the url',
  );
  assert.equal(application.to('/bye').at(-1).method, 'GET');

  const second = await create({url: undefined, twiml: '<Response><Pause length="600"/></Response>'});
  await inProgress(second.sid);
  const response = new twilio.twiml.VoiceResponse();
  response.hangup();
  await client.calls(second.sid).update({twiml: response.toString()});
  await until(
    async () => (await client.calls(second.sid).fetch()).status === 'completed',
    'hung up by TwiML',
  );
});

test('cancels a call that is not answered', async () => {
  const call = await create({timeout: 600});
  await client.calls(call.sid).update({status: 'canceled'});
  const over = await until(async () => {
    const seen = await client.calls(call.sid).fetch();
    return seen.status === 'canceled' && seen;
  }, 'canceled');
  assert.equal(over.status, 'canceled');
});

test('learns how a call that nobody takes ended', async () => {
  for (const [outcome, status] of [
    ['busy', 'busy'],
    ['failed', 'failed'],
    ['no_answer', 'no-answer'],
  ]) {
    await fake.control('POST', '/outbound', {call: {direction: 'outbound', outcome}, ...patient});
    const call = await create({timeout: 1});
    await until(async () => (await client.calls(call.sid).fetch()).status === status, status);
  }
});

test('hears who answered, in the webhook and as a callback', async () => {
  const machine = {call: {direction: 'outbound', answered_by: 'machine'}, ...patient};
  await fake.control('POST', '/outbound', machine);
  const call = await create({url: `${application.http}/amd`, machineDetection: 'Enable'});
  const asked = await until(() => application.to('/amd')[0], 'the webhook after the detection');
  assert.equal(asked.params.AnsweredBy, 'machine_start');
  assert.match(asked.params.MachineDetectionDuration, /^\d+$/);
  assert.equal((await client.calls(call.sid).fetch()).answeredBy, 'machine_start');

  await fake.control('POST', '/outbound', machine);
  const other = await create({
    machineDetection: 'Enable',
    asyncAmd: 'true',
    asyncAmdStatusCallback: `${application.http}/async`,
  });
  const told = await until(() => application.to('/async')[0], 'the callback');
  assert.equal(told.params.CallSid, other.sid);
  assert.equal(told.params.AnsweredBy, 'machine_start');
  assert.ok(told.valid);
});

test('lists calls, page by page and filtered', async () => {
  const to = '+14155559876';
  const made = [];
  for (let i = 0; i < 5; ++i) made.push((await create({to})).sid);

  const all = await client.calls.list({to, pageSize: 2});
  assert.deepEqual(
    all.map((call) => call.sid),
    made.toReversed(),
  );
  const some = await client.calls.list({to, pageSize: 2, limit: 3});
  assert.equal(some.length, 3);
  const page = await client.calls.page({to, pageSize: 2});
  const next = await page.nextPage();
  assert.deepEqual(
    next.instances.map((call) => call.sid),
    [made[2], made[1]],
  );
  const back = await next.previousPage();
  assert.deepEqual(
    back.instances.map((call) => call.sid),
    [made[4], made[3]],
  );

  const day = 86_400_000;
  const now = Date.now();
  assert.equal((await client.calls.list({to, startTimeAfter: new Date(now + day)})).length, 0);
  await until(
    async () => (await client.calls.list({to, startTimeAfter: new Date(now - day)})).length === 5,
    'all dialled',
  );
  await client.calls(made[0]).update({status: 'completed'});
  await until(async () => (await client.calls.list({to, status: 'completed'})).length === 1, 'one is over');
  assert.equal((await client.calls.list({to, endTimeBefore: new Date(now + day)})).length, 1);
  assert.equal((await client.calls.list({from: '+14155550000'})).length, 0);
});

test('deletes a call once it is over', async () => {
  const call = await create();
  await inProgress(call.sid);
  await assert.rejects(client.calls(call.sid).remove(), refused(20009, 409));
  await client.calls(call.sid).update({status: 'completed'});
  await until(async () => (await client.calls(call.sid).fetch()).status === 'completed', 'over');

  assert.equal(await client.calls(call.sid).remove(), true);
  await assert.rejects(client.calls(call.sid).fetch(), refused(20404, 404));
});

test('starts a stream on a live call and stops it', async () => {
  const call = await create();
  await inProgress(call.sid);

  const stream = await client.calls(call.sid).streams.create({
    url: `${application.ws}/tap`,
    name: 'tap',
    track: 'inbound_track',
    'parameter1.name': 'who',
    'parameter1.value': 'me & you',
    statusCallback: `${application.http}/stream`,
  });
  assert.match(stream.sid, /^MZ[0-9a-f]{32}$/);
  assert.equal(stream.status, 'in-progress');
  assert.equal(stream.name, 'tap');
  const socket = await until(() => application.sockets.find((s) => s.messages.length > 3), 'media');
  assert.deepEqual(socket.messages[1].start.customParameters, {who: 'me & you'});
  assert.equal(socket.messages[1].start.callSid, call.sid);

  const stopped = await client.calls(call.sid).streams('tap').update({status: 'stopped'});
  assert.equal(stopped.status, 'stopped');
  await until(() => socket.messages.at(-1).event === 'stop', 'stop');
  const events = await until(
    () => application.to('/stream').length === 2 && application.to('/stream'),
    'stream callbacks',
  );
  assert.deepEqual(events.map((r) => r.params.StreamEvent).sort(), ['stream-started', 'stream-stopped']);
  assert.equal((await client.calls(call.sid).fetch()).status, 'in-progress');
});

test('shows errors as RestException, with the code of the dictionary', async () => {
  await assert.rejects(create({to: '+1500'}), refused(21211, 400));
  await assert.rejects(
    create({to: '+1500'}),
    /The phone number you are attempting to call, \+1500, is not valid/,
  );
  await assert.rejects(create({url: 'nonsense'}), refused(21205, 400));
  await assert.rejects(create({url: undefined}), refused(21205, 400));
  await assert.rejects(create({to: '+15005550004'}), refused(21216, 400));
  await assert.rejects(create({sendDigits: '1e'}), refused(21206, 400));
  await assert.rejects(create({timeout: 1000}), refused(21208, 400));
  await assert.rejects(create({machineDetection: 'Maybe'}), refused(21234, 400));
  await assert.rejects(client.calls(`CA${'0'.repeat(32)}`).fetch(), refused(20404, 404));
  const call = await create();
  await assert.rejects(client.calls(call.sid).update({twiml: '<Response/>'}), refused(21220, 400));
  await inProgress(call.sid);
  await assert.rejects(client.calls(call.sid).streams.create({url: 'https://b/'}), refused(31922, 400));
  await assert.rejects(
    client.calls(call.sid).streams.create({url: 'wss://b/', track: 'every_track'}),
    refused(31941, 400),
  );
  await client.calls(call.sid).update({status: 'completed'});
  await until(async () => (await client.calls(call.sid).fetch()).status === 'completed', 'over');
  await assert.rejects(client.calls(call.sid).update({status: 'completed'}), refused(21220, 400));
});

test('signs in with the token or with an API key, and not otherwise', async () => {
  await assert.rejects(fake.clientAs(accountSid, 'wrong').calls.list(), refused(20003, 401));
  await assert.rejects(fake.clientAs(`SK${'c3'.repeat(16)}`, 'secret').calls.list(), refused(20003, 401));
  assert.equal((await client.api.v2010.accounts(accountSid).fetch()).status, 'active');
  assert.ok(Array.isArray(await fake.clientAs(`SK${'b2'.repeat(16)}`, 'secret').calls.list({limit: 1})));
});

test('has its calls queued beyond the rate, and is told of too many requests at once', async () => {
  const slow = await startFake(
    '--calls-per-second',
    '1',
    '--concurrent-requests',
    '2',
    '--api-latency',
    '300',
  );
  try {
    await slow.control('PUT', '/defaults', patient);
    const make = () => slow.client.calls.create({...numbers, url: `${application.http}/wait`});
    const first = await make();
    const second = await make();
    const third = await make();
    assert.equal(third.status, 'queued');
    await until(
      async () => (await slow.client.calls(third.sid).fetch()).status === 'in-progress',
      'its turn',
    );
    const waits = [];
    for (const {sid} of [first, second, third])
      waits.push(Number((await slow.client.calls(sid).fetch()).queueTime));
    assert.ok(waits[0] < waits[1] && waits[1] < waits[2], `queue_time ${waits}`);

    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => slow.client.calls.list({limit: 1})));
    const errors = outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason);
    assert.ok(errors.length >= 1 && errors.every((e) => refused(20429, 429)(e)));
    const patientClient = slow.clientAs(accountSid, authToken, {autoRetry: true, maxRetries: 20});
    await Promise.all([1, 2, 3].map(() => patientClient.calls.list({limit: 1})));
  } finally {
    await slow.stop();
  }
});
