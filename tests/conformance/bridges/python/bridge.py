"""A voice bridge in Python: Twilio Media Streams on one side, the OpenAI Realtime API on the other (aiohttp)."""
import asyncio
import json
import os
import time

from aiohttp import ClientSession, WSMsgType, web

PORT = int(os.environ["PORT"])
OPENAI_URL = os.environ["OPENAI_URL"]
API_KEY = os.environ.get("OPENAI_API_KEY", "sk-test")

TWIML = f"""<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="ws://127.0.0.1:{PORT}/media"/></Connect></Response>"""

SESSION = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
        "output": {"format": {"type": "audio/pcmu"}},
    },
}


async def voice(_request):
    return web.Response(text=TWIML, content_type="text/xml")


class Call:
    def __init__(self, caller, model):
        self.caller, self.model = caller, model
        self.stream_sid = None
        self.playing = None  # the item whose audio the caller may still be hearing
        self.started_at = 0.0  # when its first audio was sent

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
                audio = message["media"]["payload"]
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
            await self.tell({"event": "media", "media": {"payload": event["delta"]}})
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
