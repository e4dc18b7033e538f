// A bridge that linecheck did not write: TwilioRealtimeTransportLayer of @openai/agents-extensions, unmodified,
// behind a voice webhook made with Twilio's own library.
import {createServer} from 'node:http';
import {RealtimeAgent, RealtimeSession} from '@openai/agents/realtime';
import {TwilioRealtimeTransportLayer} from '@openai/agents-extensions';
import twilio from 'twilio';
import {WebSocketServer} from 'ws';

const {PORT, OPENAI_URL} = process.env; // OPENAI_URL: ws://HOST:PORT/v1/realtime?model=gpt-realtime

const server = createServer((request, response) => {
  const answer = new twilio.twiml.VoiceResponse();
  answer.connect().stream({url: `ws://127.0.0.1:${PORT}/media`});
  response.writeHead(200, {'Content-Type': 'text/xml'}).end(answer.toString());
});

new WebSocketServer({server, path: '/media'}).on('connection', async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({twilioWebSocket, url: OPENAI_URL});
  const agent = new RealtimeAgent({name: 'bot', instructions: 'Be brief.'});
  // Some `audio` has to be configured: without any, the transport (extensions 0.18.0) asks for PCM, and all
  // is silent.
  const config = {audio: {output: {voice: 'verse'}}};
  const session = new RealtimeSession(agent, {transport, model: 'gpt-realtime', config});
  session.on('error', (error) => console.error('session error', JSON.stringify(error)));
  await session.connect({apiKey: 'sk-test'});
});

server.listen(PORT, '127.0.0.1', () => console.log('ready'));
