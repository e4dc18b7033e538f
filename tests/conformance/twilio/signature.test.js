import assert from 'node:assert/strict';
import test from 'node:test';
import twilio from 'twilio';

const token = '12345';

test('the library agrees with the vector that Twilio publishes', () => {
  const call = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  };
  const url = 'https://example.com/myapp.php?foo=1&bar=2';
  assert.ok(twilio.validateRequest(token, 'L/OH5YylLD5NRKLltdqwSvS0BnU=', url, call));
});
