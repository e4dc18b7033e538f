// `linecheck twilio`, the official client pointed at it, and an application that answers its webhooks.
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import twilio from 'twilio';
import {WebSocketServer} from 'ws';
import {fakeTwilio} from '../fakes.js';

export const accountSid = `AC${'a1'.repeat(16)}`;
export const authToken = '0123456789abcdef0123456789abcdef';
export const numbers = {to: '+14155551212', from: '+18668675310'};

/** The script of whoever is called or calls: listens until the call ends. */
export const patient = {caller: [{listen: 'until_call_ends'}]};

/**
 * Starts the fake. `client`: the official library, pointed at it in the one line that its documentation
 * leaves for that; `control(method, path, body)`: the control interface, JSON in and out.
 */
export async function startFake(...options) {
  const fake = await fakeTwilio('--account-sid', accountSid, '--auth-token', authToken, ...options);
  const clientAs = (user, secret, more = {}) => {
    const made = twilio(user, secret, {accountSid, ...more});
    made.api.baseUrl = fake.listen;
    return made;
  };
  return {...fake, client: clientAs(accountSid, authToken), clientAs, control: fake.ask};
}

/** Waits until `look` gives something true. */
export async function until(look, what, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(50);
  }
}

/**
 * A voice application. `routes[path](params)` answers a webhook (TwiML, or {status, headers, body});
 * WebSockets are taken at every path, and held. Each request is kept with the official library's verdict on
 * its signature.
 */
export async function startApplication(routes) {
  const requests = [];
  const sockets = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const kept = keep(request, body, 'http');
    const route = routes[kept.path];
    const answer = route ? await route(kept.params, kept) : '';
    const {status = 200, headers = {}, body: text = answer} = typeof answer === 'string' ? {} : answer;
    response.writeHead(status, {'content-type': 'text/xml', ...headers});
    response.end(text);
  });
  const keep = (request, body, scheme) => {
    const url = `${scheme}://${request.headers.host}${request.url}`;
    const posted = request.method === 'POST' ? collect(new URLSearchParams(body)) : {};
    const query = collect(new URL(url).searchParams);
    const signature = request.headers['x-twilio-signature'] ?? '';
    const kept = {
      method: request.method,
      url,
      path: new URL(url).pathname,
      body,
      signature,
      params: {...query, ...posted},
      headers: request.headers,
      valid: twilio.validateRequest(authToken, signature, url, posted),
      // A judge that always said yes would also accept these.
      forged:
        twilio.validateRequest(authToken, signature, `${url}/`, {...posted, Extra: 'x'}) ||
        twilio.validateRequest(`${authToken}0`, signature, url, posted),
    };
    requests.push(kept);
    return kept;
  };
  const websockets = new WebSocketServer({noServer: true, perMessageDeflate: false});
  server.on('upgrade', (request, socket, head) => {
    const kept = keep(request, '', 'ws');
    websockets.handleUpgrade(request, socket, head, (connection) => {
      const messages = [];
      connection.on('message', (data) => messages.push(JSON.parse(data)));
      sockets.push({connection, messages, request: kept});
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${server.address().port}`;
  return {
    requests,
    sockets,
    http: `http://${address}`,
    ws: `ws://${address}`,
    to: (path) => requests.filter((request) => request.path === path),
    stop: async () => {
      for (const {connection} of sockets) connection.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Form parameters as a framework hands them over: repeated names as arrays. */
function collect(search) {
  const params = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    params[name] = values.length === 1 ? values[0] : values;
  }
  return params;
}

/** Reproducible random numbers: the i-th is a hash of the seed and i. */
export function randomNumbers(seed) {
  let drawn = 0;
  return (below) => createHash('sha256').update(`${seed}:${drawn++}`).digest().readUInt32BE(0) % below;
}
