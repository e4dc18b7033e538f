"""A voice bridge in Python: Twilio Media Streams on one side, the OpenAI Realtime API on the other (aiohttp)."""
import asyncio
import audioop  # until Python 3.12
import base64
import json
import os
import time

from aiohttp import ClientSession, WSMsgType, web

PORT = int(os.environ["PORT"])
OPENAI_URL = os.environ["OPENAI_URL"]
API_KEY = os.environ.get("OPENAI_API_KEY", "sk-test")

TWIML = f"""<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="ws://127.0.0.1:{PORT}/media"/></Connect></Response>"""

# pcmu: what Twilio carries. pcm: PCM16 at 24 kHz, which has to be resampled and encoded in both directions.
MODEL_AUDIO = os.environ.get("MODEL_AUDIO", "pcmu")
FORMAT = {"type": "audio/pcm", "rate": 24000} if MODEL_AUDIO == "pcm" else {"type": "audio/pcmu"}

SESSION = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {
        "input": {"format": FORMAT, "turn_detection": {"type": "server_vad"}},
        "output": {"format": FORMAT},
    },
}


async def voice(_request):
    return web.Response(text=TWIML, content_type="text/xml")


class Resampler:
    """One direction of a call: what one side sends as the other takes it, both in base64."""

    def __init__(self, to_model):
        self.to_model, self.state = to_model, None

    def __call__(self, payload):
        if MODEL_AUDIO != "pcm":
            return payload
        audio = base64.b64decode(payload)
        if self.to_model:
            audio, self.state = audioop.ratecv(audioop.ulaw2lin(audio, 2), 2, 1, 8000, 24000, self.state)
        else:
            audio, self.state = audioop.ratecv(audio, 2, 1, 24000, 8000, self.state)
            audio = audioop.lin2ulaw(audio, 2)
        return base64.b64encode(audio).decode()


class Call:
    def __init__(self, caller, model):
        self.caller, self.model = caller, model
        self.stream_sid = None
        self.playing = None  # the item whose audio the caller may still be hearing
        self.started_at = 0.0  # when its first audio was sent
        self.to_model, self.to_caller = Resampler(True), Resampler(False)

    async def tell(self, message):
        await self.caller.send_json({**message, "streamSid": self.stream_sid})

    async def from_caller(self):
        async for frame in self.caller:
            if frame.type != WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            if message["event"] == "start":
                self.stream_sid = message["start"]["streamSid"]
            elif message["event"] == "media":
                audio = self.to_model(message["media"]["payload"])
                await self.model.send_json({"type": "input_audio_buffer.append", "audio": audio})
            elif message["event"] == "mark" and message["mark"]["name"] == self.playing:
                self.playing = None  # all of it has been played: nothing is left to interrupt
        await self.model.close()

    async def from_model(self):
        async for frame in self.model:
            if frame.type != WSMsgType.TEXT:
                break
            await self.take(json.loads(frame.data))
        await self.caller.close()

    async def take(self, event):
        kind = event["type"]
        if kind == "response.output_audio.delta":
            if self.playing != event["item_id"]:
                self.playing, self.started_at = event["item_id"], time.monotonic()
            await self.tell({"event": "media", "media": {"payload": self.to_caller(event["delta"])}})
        elif kind == "response.output_audio.done":
            await self.tell({"event": "mark", "mark": {"name": event["item_id"]}})
        elif kind == "input_audio_buffer.speech_started" and self.playing:
            # Barge-in: what Twilio has queued is dropped, and the model is told how much was heard.
            await self.tell({"event": "clear"})
            heard = int((time.monotonic() - self.started_at) * 1000)
            await self.model.send_json({"type": "conversation.item.truncate", "item_id": self.playing,
                                        "content_index": 0, "audio_end_ms": heard})
            self.playing = None
        elif kind == "error":
            print("openai:", event["error"]["message"], flush=True)


async def media(request):
    caller = web.WebSocketResponse()
    await caller.prepare(request)
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with ClientSession() as http, http.ws_connect(OPENAI_URL, headers=headers) as model:
        await model.send_json({"type": "session.update", "session": SESSION})
        call = Call(caller, model)
        await asyncio.gather(call.from_caller(), call.from_model())
    return caller


app = web.Application()
app.router.add_route("*", "/voice", voice)
app.router.add_get("/media", media)
web.run_app(app, host="127.0.0.1", port=PORT, print=lambda *_: print("ready", flush=True))
