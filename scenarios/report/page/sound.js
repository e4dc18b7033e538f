// Sound: both ends of the call as one stereo WAV, the caller left and what the caller hears right.

const RATE = 8000;

/** G.711 mu-law to linear, 16 bits. */
const LINEAR = Int16Array.from({length: 256}, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
});

function decodeTrack(track) {
  const bytes = atob(track.mulaw);
  return {at: Math.round(track.at * RATE), length: bytes.length, sample: (i) => LINEAR[bytes.charCodeAt(i)]};
}

/** `tracks`: at most two, null for a silent side. The answer covers the scenario from its start. */
function wavOf(tracks) {
  const sides = tracks.map((track) => (track ? decodeTrack(track) : null));
  const frames = Math.max(1, ...sides.map((side) => (side ? side.at + side.length : 0)));
  const bytes = new Uint8Array(44 + frames * 2 * sides.length);
  const view = new DataView(bytes.buffer);
  const text = (at, value) => [...value].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, sides.length, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2 * sides.length, true);
  view.setUint16(32, 2 * sides.length, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, bytes.length - 44, true);
  sides.forEach((side, channel) => {
    if (!side) return;
    for (let i = Math.max(0, -side.at); i < side.length; ++i) {
      view.setInt16(44 + ((side.at + i) * sides.length + channel) * 2, side.sample(i), true);
    }
  });
  return bytes;
}

function dataUri(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:audio/wav;base64,${btoa(text)}`;
}

/** Plays a call's sound; tells `moved` where it is, many times a second. */
class Player {
  constructor(moved) {
    this.moved = moved;
    this.audio = new Audio();
    this.audio.preload = 'auto';
    this.which = 'both';
    this.position = 0;
    this.changed = () => {};
    for (const name of ['play', 'pause', 'ended']) this.audio.addEventListener(name, () => this.changed());
    this.audio.addEventListener('play', () => this.follow());
  }

  /** Null: nothing to play. */
  load(call) {
    this.audio.pause();
    this.call = call;
    this.audio.removeAttribute('src');
    this.position = 0;
    this.changed();
  }

  hasSound() {
    return Boolean(this.call && (this.call.caller.mulaw || this.call.heard.mulaw));
  }

  choose(which) {
    const playing = !this.audio.paused;
    this.audio.pause();
    this.which = which;
    this.audio.removeAttribute('src');
    if (playing) this.play();
  }

  prepare() {
    if (this.audio.getAttribute('src')) return;
    const {caller, heard} = this.call;
    const there = (track) => (track.mulaw ? track : null);
    const tracks = {both: [there(caller), there(heard)], caller: [there(caller)], heard: [there(heard)]};
    this.audio.src = dataUri(wavOf(tracks[this.which]));
    this.audio.currentTime = this.position;
  }

  async play() {
    if (!this.hasSound()) return;
    this.prepare();
    if (this.audio.ended || this.position >= this.audio.duration) this.seek(0);
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== 'AbortError') throw error;  // paused before it had begun
    }
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.position = Math.max(0, seconds);
    if (this.audio.getAttribute('src')) this.audio.currentTime = this.position;
    this.moved(this.position);
  }

  follow() {
    if (this.audio.paused) return;
    this.position = this.audio.currentTime;
    this.moved(this.position);
    requestAnimationFrame(() => this.follow());
  }
}
