// Starts the worker with the graphics processor, a program of its own; the page loads it where there is one.
import init from "./graphics.js";
const response = await fetch(new URL("./graphics_bg.wasm", import.meta.url));
// The page shows how many bytes are there.
let fetched = 0;
const counted = new TransformStream({
  transform(piece, controller) {
    fetched += piece.length;
    postMessage(fetched);
    controller.enqueue(piece);
  },
});
await init({ module_or_path: new Response(response.body.pipeThrough(counted), response) });
