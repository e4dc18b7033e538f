// A voice bridge in Node: Twilio Media Streams on one side, the OpenAI Realtime API on the other.
import {createServer} from 'node:http';
import {WebSocket, WebSocketServer} from 'ws';

const {PORT, OPENAI_URL, OPENAI_API_KEY = 'sk-test'} = process.env;

const TWIML = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="ws://127.0.0.1:${PORT}/media"/></Connect></Response>`;

const SESSION = {
  type: 'realtime',
  instructions: 'Be brief.',
  audio: {
    input: {format: {type: 'audio/pcmu'}, turn_detection: {type: 'server_vad'}},
    output: {format: {type: 'audio/pcmu'}},
  },
};

const server = createServer((request, response) => {
  response.writeHead(200, {'Content-Type': 'text/xml'}).end(TWIML);
});

new WebSocketServer({server, path: '/media'}).on('connection', (caller) => {
  const model = new WebSocket(OPENAI_URL, {headers: {Authorization: `Bearer ${OPENAI_API_KEY}`}});
  let streamSid;
  let playing; // the item whose audio the caller may still be hearing
  let startedAt = 0; // when its first audio was sent
  const ask = (event) => model.readyState === WebSocket.OPEN && model.send(JSON.stringify(event));
  const tell = (message) => caller.send(JSON.stringify({...message, streamSid}));

  caller.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.event === 'start') streamSid = message.start.streamSid;
    if (message.event === 'media') {
      ask({type: 'input_audio_buffer.append', audio: message.media.payload});
    }
    // Everything that was sent has been played: there is nothing left to interrupt.
    if (message.event === 'mark' && message.mark.name === playing) playing = undefined;
  });
  caller.on('close', () => model.close());
  caller.on('error', () => {});

  model.on('open', () => ask({type: 'session.update', session: SESSION}));
  model.on('message', (data) => {
    const event = JSON.parse(data);
    if (event.type === 'response.output_audio.delta') {
      if (playing !== event.item_id) [playing, startedAt] = [event.item_id, Date.now()];
      tell({event: 'media', media: {payload: event.delta}});
    } else if (event.type === 'response.output_audio.done') {
      tell({event: 'mark', mark: {name: event.item_id}});
    } else if (event.type === 'input_audio_buffer.speech_started' && playing) {
      // Barge-in: what Twilio has queued is dropped, and the model is told how much was heard.
      tell({event: 'clear'});
      const heard = Date.now() - startedAt;
      ask({type: 'conversation.item.truncate', item_id: playing, content_index: 0, audio_end_ms: heard});
      playing = undefined;
    } else if (event.type === 'error') {
      console.error('openai:', event.error.message);
    }
  });
  model.on('close', () => caller.close());
  model.on('error', (error) => console.error('openai:', error.message));
});

server.listen(PORT, '127.0.0.1', () => console.log('ready'));
