// An imitation of the client that a JATOS server gives its studies: the documented names over the
// documented routes, each request tried once. ORIGIN is put in when it is served.
window.jatos = (() => {
  const base = "ORIGIN/publix/study-result";
  const component = `${base}/component`;
  const text = (data) => (typeof data === "string" ? data : JSON.stringify(data));
  const send = async (method, url, body, type) => {
    const headers = type ? { "Content-Type": type } : {};
    const response = await fetch(url, { method, body, headers });
    if (!response.ok) throw new Error(`JATOS said ${response.status}`);
  };
  const plain = "text/plain; charset=UTF-8";
  const query = Object.fromEntries(new URLSearchParams(location.search));
  let isReady = false;
  let onLoad;
  let isTold = false;
  // As the real one has it: once in the life of a page.
  const tell = () => {
    if (!isReady || !onLoad || isTold) return;
    isTold = true;
    setTimeout(onLoad);
  };
  // The real one asks its server for the study's data first.
  setTimeout(() => {
    isReady = true;
    tell();
  }, 50);
  const result = (method, data) => send(method, `${component}/resultData`, text(data), plain);
  const end = async (url) => {
    await send("GET", `${base}/${url}`);
    jatos.ended = url;
  };
  return {
    version: "imitation",
    studyResultId: "1",
    componentResultId: "1",
    workerId: "1",
    urlQueryParameters: query,
    studyJsonInput: {},
    componentJsonInput: {},
    onLoad: (callback) => {
      onLoad = callback;
      tell();
    },
    onError: () => {},
    submitResultData: (data) => result("PUT", data),
    appendResultData: (data) => result("POST", data),
    uploadResultFile: (content, name) => {
      const form = content instanceof Blob ? content : text(content);
      return send("POST", `${component}/files/${encodeURIComponent(name)}`, form);
    },
    endStudy: (ok = true) => end(`end?successful=${ok}`),
    // As the real one has it: a truth says whether the study went well, anything else are data.
    endStudyWithoutRedirect: async (data) => {
      if (data !== undefined && typeof data !== "boolean") await result("PUT", data);
      await end("end?successful=true");
    },
    endStudyAjax: (ok = true) => end(`end?successful=${ok}`),
    endStudyAndRedirect: async (url, data) => {
      if (data !== undefined && typeof data !== "boolean") await result("PUT", data);
      await end("end?successful=true");
      location.href = url;
    },
    abortStudy: () => end("abort"),
    addAbortButton: () => {},
  };
})();
