"""What Debian does not have and a test wants for itself, by npm: one version, of a digest that was looked at.  Where npm cannot be had, the
test says so and goes on without."""
import hashlib
import os
import shutil
import subprocess
import tempfile


def from_npm(package, sha256):
    """The bytes of the package (tar, gzip); None, with the reason, where it cannot be had."""
    name = package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz"
    kept = os.path.join(os.environ.get("BUILD", tempfile.gettempdir()), name)
    if not os.path.exists(kept):
        if not shutil.which("npm"):
            return None, "npm is not installed"
        with tempfile.TemporaryDirectory() as at:
            env = dict(os.environ, npm_config_cache=at, npm_config_update_notifier="false", npm_config_fetch_retries="1")
            try:
                p = subprocess.run(["npm", "pack", "--silent", package], cwd=at, env=env, capture_output=True, timeout=120)
            except subprocess.TimeoutExpired:
                return None, "the npm registry does not answer"
            got = os.path.join(at, name)
            if p.returncode != 0 or not os.path.exists(got):
                return None, "the npm registry cannot be reached"
            shutil.copy(got, kept)
    with open(kept, "rb") as f:
        packed = f.read()
    if hashlib.sha256(packed).hexdigest() != sha256:
        raise SystemExit(f"Bail out! {kept} is not the {package} that was looked at")
    return packed, ""
