(() => {
  const kept = 4;
  const list = [];
  const buffers = [];

  // By upward crossings of zero in the middle half, which is clear of fades.
  const pitch = (buffer) => {
    const samples = buffer.getChannelData(0);
    const [from, to] = [Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4)];
    let first = -1, last = -1, crossings = 0;
    for (let at = from + 1; at < to; at++) {
      if (samples[at - 1] < 0 && samples[at] >= 0) {
        if (first < 0) first = at;
        else crossings++;
        last = at;
      }
    }
    return crossings > 0 ? (crossings * buffer.sampleRate) / (last - first) : 0;
  };

  const watch = (prototype, describe) => {
    const { start } = prototype;
    prototype.start = function (...when) {
      // Read before the sound begins: measuring its pitch takes a while, in which it sounds already.
      const [atMillis, begun] = [performance.now(), this.context.currentTime];
      start.apply(this, when);
      const play = describe(this);
      play.at_millis = atMillis;
      play.context_state = this.context.state;
      list.push(play);
      this.addEventListener("ended", () => {
        play.ended_millis = performance.now();
        play.sounded_secs = this.context.currentTime - begun;
      });
    };
  };

  watch(AudioBufferSourceNode.prototype, ({ buffer }) => {
    buffers[list.length] = buffer;
    delete buffers[list.length - kept];
    return {
      source: "buffer",
      duration_secs: buffer?.duration ?? 0,
      frequency_hz: buffer ? pitch(buffer) : 0,
    };
  });
  watch(OscillatorNode.prototype, ({ frequency }) => ({
    source: "oscillator",
    duration_secs: 0,
    frequency_hz: frequency.value,
  }));

  const difference = async (at, address) => {
    const played = buffers[at];
    if (!played) throw new Error(`play ${at} has no samples`);
    const bytes = await (await fetch(address)).arrayBuffer();
    const offline = new OfflineAudioContext(1, 1, played.sampleRate);
    const expected = await offline.decodeAudioData(bytes);
    for (const name of ["sampleRate", "numberOfChannels", "length"]) {
      if (played[name] !== expected[name]) {
        throw new Error(`${name} is ${played[name]}, the file has ${expected[name]}`);
      }
    }
    let largest = 0;
    for (let channel = 0; channel < played.numberOfChannels; channel++) {
      const [a, b] = [played.getChannelData(channel), expected.getChannelData(channel)];
      a.forEach((sample, at) => (largest = Math.max(largest, Math.abs(sample - b[at]))));
    }
    return largest;
  };

  Object.defineProperty(window, "seguePlays", { value: { list, difference } });
})();
