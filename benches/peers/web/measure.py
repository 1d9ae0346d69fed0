"""Opens the peers' page in a headless Chromium and prints what it measured.

usage: measure.py FOLDER      (selenium 4; FOLDER is the page as run.sh puts it together)
"""

import functools
import http.server
import shutil
import sys
import threading

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".wasm": "application/wasm"}

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=sys.argv[1]))
threading.Thread(target=server.serve_forever, daemon=True).start()

options = Options()
for flag in ("--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"):
    options.add_argument(flag)
driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
try:
    driver.set_script_timeout(900)
    driver.get(f"http://127.0.0.1:{server.server_port}/peers/peers.html")
    print(f"Chromium {driver.capabilities['browserVersion']}, medians in milliseconds")
    wait = "const done = arguments[0]; const look = () => window.ready ? window.measured.then(done) : setTimeout(look, 50); look();"
    measured = driver.execute_async_script(wait)
finally:
    driver.quit()
if "error" in measured:
    sys.exit(measured["error"])
for name, value in measured.items():
    print(f"{name:45} {value:.3g}")
ratio = lambda peer, own: print(f"{peer} takes {measured[peer] / measured[own]:.2f} times as long")
ratio("network, CPU: onnxruntime-web (one thread)", "network, CPU: Segue")
for peer in ("essentia.js", "Meyda"):
    ratio(f"mel of 30 s: {peer}", "mel of 30 s: Segue, drawing included")
