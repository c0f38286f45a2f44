#!/usr/bin/env python3
"""Usage: page.py REPORT.html OUT_DIRECTORY   Opens a report in headless Chromium, speaks to it by the DevTools protocol over
a pipe, and checks what a browser alone can tell: that it renders, asks for nothing, prints, fits 320 pixels, works in dark
mode and without script; that axe finds nothing, of whatever impact, light, dark, narrow and on paper; and those rules of WCAG
2.2 AA that can be computed (the list at RULES), for where axe cannot be had.  Prints TAP."""
import base64
import io
import json
import os
import select
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

from from_npm import from_npm

# 1.1.1 pictures have names; 1.3.1 tables have headers and headings go down by one; 1.4.3 contrast of text 4.5:1, 3:1 for large;
# 1.4.10 no scrolling in two directions at 320 pixels; 2.1.1 and 4.1.2 what scrolls or opens is reached by keys and has a name;
# 2.4.2 title; 2.5.8 targets of 24 pixels; 3.1.1 language; 4.1.2 no id twice, roles that exist.
RULES = r"""
(() => {
  const bad = [];
  const say = (rule, e) => bad.push(rule + ': ' + e.outerHTML.slice(0, 120));
  const name = e => (e.getAttribute('aria-label') || e.textContent || '').trim();
  if (!document.title.trim()) bad.push('2.4.2 no title');
  if (!document.documentElement.lang) bad.push('3.1.1 no language');
  if (document.querySelectorAll('main').length !== 1) bad.push('1.3.1 not one main');
  if (document.querySelectorAll('h1').length !== 1) bad.push('1.3.1 not one h1');
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const n = +h.tagName[1];
    if (n > level + 1) say('1.3.1 a level is left out', h);
    if (!name(h)) say('2.4.6 an empty heading', h);
    level = n;
  }
  for (const e of document.querySelectorAll('img,svg'))
    // a bar beside its number is decoration, and says so
    if (e.tagName === 'img' ? e.alt === null : !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label')) &&
        !(e.getAttribute('aria-hidden') === 'true' && (e.parentElement.textContent || '').trim()))
      say('1.1.1 a picture without a name', e);
  for (const t of document.querySelectorAll('table')) {
    if (!t.caption || !t.caption.textContent.trim()) say('1.3.1 a table without a caption', t);
    for (const h of t.querySelectorAll('th')) if (!h.scope) say('1.3.1 a header without scope', h);
  }
  for (const e of document.querySelectorAll('ul,ol'))
    for (const c of e.children) if (c.tagName !== 'LI') say('1.3.1 a list of other things', e);
  for (const e of document.querySelectorAll('dl')) {
    const tags = [...e.children].map(c => c.tagName);
    if (tags.some(t => !['DT', 'DD', 'DIV'].includes(t)) || (tags.length && tags[0] === 'DD')) say('1.3.1 a broken dl', e);
  }
  for (const e of document.querySelectorAll('summary,a,button,[tabindex]')) {
    if (!name(e)) say('4.1.2 no name', e);
    const r = e.getBoundingClientRect();
    if (r.width && (r.width < 24 || r.height < 24) && e.tagName !== 'A') say('2.5.8 a small target', e);
    if (e.tabIndex > 0) say('2.4.3 an order of its own', e);
  }
  for (const e of document.querySelectorAll('*')) {
    const s = getComputedStyle(e);
    if ((s.overflowX === 'auto' || s.overflowX === 'scroll') && e.tabIndex < 0 && e !== document.documentElement)
      say('2.1.1 scrolls without keys', e);
    if (e.hasAttribute('aria-hidden') && e.querySelector('a,button,summary,[tabindex]')) say('4.1.2 hidden and focusable', e);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size !== ids.length) bad.push('4.1.2 an id twice');
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = e => {
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || e.tagName === 'STYLE') continue;
    const s = getComputedStyle(e), size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && +s.fontWeight >= 700);
    const a = light(parse(e.namespaceURI.endsWith('svg') ? s.fill : s.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    texts++;
    if (ratio < (large ? 3 : 4.5)) say('1.4.3 contrast ' + ratio.toFixed(2), e);
  }
  if (texts < 20) bad.push('only ' + texts + ' texts were measured');
  return bad;
})()
"""


# axe-core, which Debian does not have: a tool of this test alone, by npm, of one version and digest.
AXE, AXE_SHA256 = "axe-core@4.14.1", "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
# every rule of A and AA up to 2.2, those that are thought good, and those that axe itself still tries
AXE_RUN = """(async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice', 'experimental'];
  const r = await axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}});
  const why = n => (n.any.concat(n.all, n.none)[0] || {}).message || '';
  const say = kind => v => v.nodes.map(n => `${kind} ${v.impact} ${v.id}: ${n.html.slice(0, 150)} ${why(n)}`);
  return [r.passes.length].concat(r.violations.flatMap(say('violation')), r.incomplete.flatMap(say('undecided')));
})()"""


def axe_source():
    """The text of axe.min.js; empty, with the reason, where it cannot be had."""
    packed, missing = from_npm(AXE, AXE_SHA256)
    if packed is None:
        return "", missing
    with tarfile.open(fileobj=io.BytesIO(packed)) as t:
        return t.extractfile("package/axe.min.js").read().decode(), ""


def ask_axe(b):
    """What axe says of the page as it is shown now; it looks at everything, so what is folded is opened first."""
    b.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    said = b.call("Runtime.evaluate", expression=AXE_RUN, returnByValue=True, awaitPromise=True)["result"].get("value")
    if not said or said[0] < 15:
        return [f"axe did not run: {said}"]
    return said[1:]


WAIT_S = 60
WINDOW = {"width": 900, "height": 1100, "deviceScaleFactor": 1, "mobile": False}


class Browser:
    def __init__(self, profile):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()

        def place():
            # what Chromium reads is 3, what it writes is 4
            a, b = os.dup(to_read), os.dup(to_write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, TMPDIR=profile))  # what it leaves behind goes with the profile
        os.close(to_read)
        os.close(to_write)
        self.rest, self.n, self.session, self.events = b"", 0, None, []

    def message(self):
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], WAIT_S)[0]:
                self.process.kill()
                raise SystemExit(f"Bail out! the browser says nothing for {WAIT_S} seconds")
            piece = os.read(self.back, 1 << 16)
            if not piece:
                raise SystemExit("Bail out! the browser has gone")
            self.rest += piece
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        self.n += 1
        m = {"id": self.n, "method": method, "params": params}
        if self.session:
            m["sessionId"] = self.session
        os.write(self.to, json.dumps(m).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.n:
                if "error" in answer:
                    raise SystemExit(f"Bail out! {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())

    def evaluate(self, text):
        return self.call("Runtime.evaluate", expression=text, returnByValue=True)["result"].get("value")


n = 0


def skipped(what, why):
    global n
    n += 1
    print(f"ok {n} {what} # SKIP {why}", flush=True)


def check(good, what, why=""):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} {n} {what}", flush=True)
    for line in [why] if isinstance(why, str) else why:
        if not good and line:
            print(f"# {line}")


def picture(b, wanted=None):
    """What is seen once it has stayed the same for a while, or is what was wanted: a busy machine paints later than it loads."""
    seen, same = None, 0
    for _ in range(100):
        last, seen = seen, base64.b64decode(b.call("Page.captureScreenshot", format="png")["data"])
        same = same + 1 if seen == last else 0
        if seen == wanted or same == (3 if wanted is None else 30):
            break
        time.sleep(0.2)
    return seen


def main():
    report, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    url = "file://" + report
    profile = tempfile.mkdtemp()
    b = Browser(profile)
    target = b.call("Target.createTarget", url="about:blank")["targetId"]
    b.session = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Log", "Runtime"):
        b.call(domain + ".enable")
    b.call("Emulation.setDeviceMetricsOverride", **WINDOW)
    b.open(url)
    check(b.evaluate("document.body.innerText.length") > 500, "it renders")
    asked = [e["params"]["request"]["url"] for e in b.events if e.get("method") == "Network.requestWillBeSent"]
    check(asked == [url], "it asks for nothing but itself", asked)
    said = [e["params"] for e in b.events if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]
    check(said == [], "the browser has nothing to say of it", [json.dumps(s)[:200] for s in said])
    with_script = picture(b)
    with open(os.path.join(out, "report.png"), "wb") as f:
        f.write(with_script)
    grounds = {}
    for scheme in ("light", "dark"):
        b.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        b.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        bad = b.evaluate(RULES)
        check(bad == [], f"WCAG's rules that can be computed hold in the {scheme} scheme", (bad or [])[:20])
        grounds[scheme] = b.evaluate("getComputedStyle(document.body).backgroundColor")
    check(grounds["light"] != grounds["dark"], "it has a dark scheme", str(grounds))
    b.call("Emulation.setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=1, mobile=False)
    wide = b.evaluate("document.documentElement.scrollWidth")
    check(wide <= 320, "at 320 pixels nothing is scrolled sideways", f"{wide} pixels")
    axe, missing = axe_source()
    if axe:
        b.call("Runtime.evaluate", expression=axe)
    for how, scheme, medium, width in (("light", "light", "screen", 900), ("dark", "dark", "screen", 900), ("at 320 pixels", "light", "screen", 320),
                                       ("on paper", "light", "print", 900)):
        if not axe:
            skipped(f"axe finds nothing: {how}", missing)
            continue
        b.call("Emulation.setDeviceMetricsOverride", **dict(WINDOW, width=width))
        b.call("Emulation.setEmulatedMedia", media=medium, features=[{"name": "prefers-color-scheme", "value": scheme}])
        said = ask_axe(b)
        check(said == [], f"axe finds nothing: {how}", said[:8])
    b.call("Emulation.setEmulatedMedia", media="", features=[])
    pdf = base64.b64decode(b.call("Page.printToPDF", printBackground=True)["data"])
    with open(os.path.join(out, "report.pdf"), "wb") as f:
        f.write(pdf)
    check(subprocess.run(["qpdf", "--check", os.path.join(out, "report.pdf")], capture_output=True).returncode == 0, "it prints to a PDF that qpdf accepts")
    b.call("Emulation.setScriptExecutionDisabled", value=True)
    b.call("Emulation.setEmulatedMedia", features=[])
    b.call("Emulation.setDeviceMetricsOverride", **WINDOW)
    b.open("about:blank")  # or it comes back scrolled to where it was
    b.open(url)
    without = picture(b, with_script)
    check(without == with_script and len(without) > 10000, "without script it looks the same")
    print(f"1..{n}")
    b.process.kill()
    b.process.wait()
    shutil.rmtree(profile, ignore_errors=True)


main()
