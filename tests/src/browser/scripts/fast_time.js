(() => {
  const factor = FACTOR;
  const now = performance.now.bind(performance);
  const RealDate = Date;
  const begun = RealDate.now();
  const faster = (millis) => millis * factor;
  performance.now = () => faster(now());
  const dateNow = () => Math.floor(begun + (RealDate.now() - begun) * factor);
  window.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(dateNow());
      else super(...parts);
    }
    static now() {
      return dateNow();
    }
  };
  for (const name of ["setTimeout", "setInterval"]) {
    const real = window[name];
    window[name] = (callback, delay = 0, ...rest) => real(callback, delay / factor, ...rest);
  }
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => frame((at) => callback(faster(at)));
  const getter = (prototype, name, change) => {
    const { get } = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, {
      get() {
        return change(get.call(this), this);
      },
    });
  };
  getter(Event.prototype, "timeStamp", faster);
  // A context without sound card is computed at once and keeps its own time.
  const live = (context) => context instanceof AudioContext;
  getter(BaseAudioContext.prototype, "currentTime", (secs, context) =>
    live(context) ? secs * factor : secs);
  const source = AudioBufferSourceNode.prototype;
  const { start } = source;
  source.start = function (when = 0, ...rest) {
    if (!live(this.context)) return start.call(this, when, ...rest);
    this.playbackRate.value *= factor;
    return start.call(this, when / factor, ...rest);
  };
  const { stop } = AudioScheduledSourceNode.prototype;
  AudioScheduledSourceNode.prototype.stop = function (when = 0) {
    return stop.call(this, live(this.context) ? when / factor : when);
  };
  const oscillate = AudioScheduledSourceNode.prototype.start;
  AudioScheduledSourceNode.prototype.start = function (when = 0) {
    return oscillate.call(this, live(this.context) ? when / factor : when);
  };
  // A parameter does not say whose it is; those of an offline context are seldom made in a test.
  const parameter = AudioParam.prototype;
  for (const name of ["setValueAtTime", "linearRampToValueAtTime", "exponentialRampToValueAtTime"]) {
    const real = parameter[name];
    parameter[name] = function (value, at) {
      return real.call(this, value, at / factor);
    };
  }
  const target = parameter.setTargetAtTime;
  parameter.setTargetAtTime = function (value, at, constant) {
    return target.call(this, value, at / factor, constant / factor);
  };
  for (const name of ["cancelScheduledValues", "cancelAndHoldAtTime"]) {
    const real = parameter[name];
    if (!real) continue;
    parameter[name] = function (at) {
      return real.call(this, at / factor);
    };
  }
})();
