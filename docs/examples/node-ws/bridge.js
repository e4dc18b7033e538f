// The voice bridge that most samples are: `ws` towards Twilio and OpenAI, `fetch` towards Twilio's REST API, a
// queue of marks, and the caller's own timestamps to know how much of an answer was heard.
//
//     npm install && node bridge.js      PORT, OPENAI_URL, OPENAI_API_KEY: see docs/your-bridge.md
//     linecheck run --bridge-command 'node bridge.js' --tags incident
import {createServer} from 'node:http';
import WebSocket, {WebSocketServer} from 'ws';

const {
  PORT = '5050', OPENAI_URL = 'wss://api.openai.com/v1/realtime?model=gpt-realtime', OPENAI_API_KEY,
  PUBLIC_URL = `http://127.0.0.1:${PORT}`, GREETING = '1', TWILIO_API_BASE = 'https://api.twilio.com',
  TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN,
} = process.env;

const session = {
  type: 'realtime',
  instructions: 'You are a helpful assistant on the phone. Be brief.',
  audio: {
    input: {format: {type: 'audio/pcmu'}, turn_detection: {type: 'server_vad'}},
    output: {format: {type: 'audio/pcmu'}, voice: 'alloy'},
  },
  tools: [{
    type: 'function', name: 'end_call', description: 'Ends the call.', parameters: {type: 'object', properties: {}},
  }],
};

const server = createServer((request, response) => {
  response.writeHead(200, {'Content-Type': 'text/xml'}).end(`<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="${PUBLIC_URL.replace(/^http/, 'ws')}/media-stream"/></Connect></Response>`);
});

async function hangUp(callSid) {
  await fetch(`${TWILIO_API_BASE}/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/Calls/${callSid}.json`, {
    method: 'POST',
    headers: {Authorization: `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}`},
    body: new URLSearchParams({Status: 'completed'}),
  });
}

new WebSocketServer({server, path: '/media-stream'}).on('connection', (twilio) => {
  let streamSid, callSid;
  let latestMediaTimestamp = 0;
  let responseStart = null; // on the caller's clock
  let lastItem = null;
  let markQueue = [];

  const openai = new WebSocket(OPENAI_URL, {headers: {Authorization: `Bearer ${OPENAI_API_KEY}`}});
  const ask = (event) => openai.send(JSON.stringify(event));
  const tell = (message) => twilio.send(JSON.stringify({...message, streamSid}));

  openai.on('open', () => {
    // As the samples do: a moment after the connection, not after `session.created`.
    setTimeout(() => {
      ask({type: 'session.update', session});
      if (GREETING === '1') ask({type: 'response.create'});
    }, 100);
  });

  // The caller speaks while the bot does: what is queued is dropped, and the model is told what was heard.
  const interrupt = () => {
    if (markQueue.length === 0 || responseStart === null) return;
    if (lastItem) {
      ask({
        type: 'conversation.item.truncate', item_id: lastItem, content_index: 0,
        audio_end_ms: latestMediaTimestamp - responseStart,
      });
    }
    tell({event: 'clear'});
    markQueue = [];
    lastItem = null;
    responseStart = null;
  };

  openai.on('message', (data) => {
    const event = JSON.parse(data);
    if (event.type === 'response.output_audio.delta') {
      tell({event: 'media', media: {payload: event.delta}});
      responseStart ??= latestMediaTimestamp;
      lastItem = event.item_id;
      tell({event: 'mark', mark: {name: 'responsePart'}});
      markQueue.push('responsePart');
    } else if (event.type === 'input_audio_buffer.speech_started') {
      interrupt();
    } else if (event.type === 'response.function_call_arguments.done' && event.name === 'end_call') {
      hangUp(callSid).catch((error) => console.error('twilio:', error.message));
    } else if (event.type === 'error') {
      console.error('openai:', event.error.message);
    }
  });
  openai.on('close', () => console.log('openai: disconnected'));
  openai.on('error', (error) => console.error('openai:', error.message));

  twilio.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.event === 'start') {
      ({streamSid, callSid} = message.start);
      latestMediaTimestamp = 0;
      responseStart = null;
    } else if (message.event === 'media') {
      latestMediaTimestamp = Number(message.media.timestamp);
      const audio = message.media.payload;
      if (openai.readyState === WebSocket.OPEN) ask({type: 'input_audio_buffer.append', audio});
    } else if (message.event === 'mark') {
      markQueue.shift();
    }
  });
  twilio.on('close', () => openai.close());
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${PORT}`));
