IDBFactory.prototype.open = function () {
  const error = new DOMException("A mutation operation was attempted on a database.", "InvalidStateError");
  const request = Object.create(IDBOpenDBRequest.prototype);
  const listeners = [];
  const own = (name, value) => Object.defineProperty(request, name, { value, writable: true });
  own("error", error);
  own("readyState", "done");
  for (const name of ["onerror", "onsuccess", "onblocked", "onupgradeneeded"]) own(name, null);
  own("addEventListener", (type, listener) => type === "error" && listeners.push(listener));
  own("removeEventListener", () => {});
  setTimeout(() => {
    const event = new Event("error");
    Object.defineProperty(event, "target", { value: request });
    for (const listener of [request.onerror, ...listeners]) {
      if (listener) (listener.handleEvent ?? listener).call(listener, event);
    }
  });
  return request;
};
