"""Opens the peers' page in a headless Chromium and prints what it measured.

usage: measure.py FOLDER      (selenium 4; FOLDER is the page as run.sh puts it together)
"""

import functools
import http.server
import shutil
import sys
import threading
import time

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
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
LONGEST_PART_SECS = 180
try:
    driver.get(f"http://127.0.0.1:{server.server_port}/peers/peers.html")
    print(f"Chromium {driver.capabilities['browserVersion']}, medians in milliseconds", flush=True)
    part, since, shown = None, time.monotonic(), set()
    while True:
        now, failed, found = driver.execute_script("return [window.part, window.failed, window.found ?? {}]")
        for name, value in found.items():
            if name not in shown:
                shown.add(name)
                print(f"{name:45} {value:.3g}", flush=True)
        if failed or now is None and found:
            break
        if now != part:
            part, since = now, time.monotonic()
        if time.monotonic() - since > LONGEST_PART_SECS:
            failed = f"{part}: no end after {LONGEST_PART_SECS} s"
            break
        time.sleep(0.2)
    if failed:
        for entry in driver.get_log("browser"):
            print(entry["level"], entry["message"], file=sys.stderr)
finally:
    driver.quit()


def ratio(peer, own):
    if peer in found and own in found:
        print(f"{peer} takes {found[peer] / found[own]:.2f} times as long")


ratio("network, CPU: onnxruntime-web (one thread)", "network, CPU: Segue")
for peer in ("essentia.js", "Meyda"):
    ratio(f"mel of 30 s: {peer}", "mel of 30 s: Segue, drawing included")
ratio("network, WebGPU: onnxruntime-web", "network, WebGPU: Segue")
if failed:
    sys.exit(failed)
