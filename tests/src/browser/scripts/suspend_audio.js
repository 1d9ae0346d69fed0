(() => {
  const prototype = BaseAudioContext.prototype;
  const { get } = Object.getOwnPropertyDescriptor(prototype, "state");
  Object.defineProperty(prototype, "state", {
    get() {
      const state = get.call(this);
      return this instanceof AudioContext && state === "running" ? "suspended" : state;
    },
  });
  AudioContext.prototype.resume = () => new Promise(() => {});
})();
