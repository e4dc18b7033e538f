// A voice bridge on OpenAI's own TwilioRealtimeTransportLayer.
//
//     npm install && node bridge.js      PORT, OPENAI_URL, OPENAI_API_KEY: see docs/your-bridge.md
//     linecheck run --bridge-command 'node bridge.js' --tags incident
import {createServer} from 'node:http';
import {RealtimeAgent, RealtimeSession} from '@openai/agents/realtime';
import {TwilioRealtimeTransportLayer} from '@openai/agents-extensions';
import twilio from 'twilio';
import {WebSocketServer} from 'ws';

const {
  PORT = '5050', OPENAI_URL, OPENAI_API_KEY, PUBLIC_URL = `http://127.0.0.1:${PORT}`, GREETING = '1',
} = process.env;

const server = createServer((request, response) => {
  const answer = new twilio.twiml.VoiceResponse();
  answer.connect().stream({url: `${PUBLIC_URL.replace(/^http/, 'ws')}/media-stream`});
  response.writeHead(200, {'Content-Type': 'text/xml'}).end(answer.toString());
});

new WebSocketServer({server, path: '/media-stream'}).on('connection', async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({twilioWebSocket, url: OPENAI_URL});
  const agent = new RealtimeAgent({
    name: 'assistant', instructions: 'You are a helpful assistant on the phone. Be brief.',
  });
  // Some `audio` has to be configured: without any, the transport (extensions 0.18.0) asks for PCM, and all
  // is silent.
  const config = {audio: {output: {voice: 'alloy'}}};
  const session = new RealtimeSession(agent, {transport, model: 'gpt-realtime', config});
  session.on('error', (error) => console.error('session:', JSON.stringify(error)));
  try {
    await session.connect({apiKey: OPENAI_API_KEY});
    if (GREETING === '1') transport.sendEvent({type: 'response.create'});
  } catch (error) {
    console.error('session:', error.message);
    twilioWebSocket.close();
  }
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${PORT}`));
