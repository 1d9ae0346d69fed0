(() => {
  let left = N_WRITES;
  for (const name of ["add", "put"]) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (...value) {
      if (left <= 0) throw new DOMException("The disk is full.", "QuotaExceededError");
      left--;
      return real.apply(this, value);
    };
  }
})();
