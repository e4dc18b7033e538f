"""Certificates of a real linecheck-bridge, whose own scrapes are typed into promtool's input: virtual time
has no TLS."""
import re
import subprocess
import time
import urllib.request

CONFIG = """
public_url: https://127.0.0.1
listen: {{host: 127.0.0.1, port: 0, tls: {{certificate: {certificate}, key: {key}}}}}
admin: {{port: 0}}
twilio: {{validate_signatures: false}}
openai: {{url: "ws://127.0.0.1:9/v1/realtime"}}
drain: {{accept_for: 0s, grace: 1s}}
workers: 1
"""
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
REFUSED = 'voicebridge_certificate_reloads_total{outcome="failed"} 1'


def make_certificate(folder, name, days):
    """A self-signed certificate and its key, as files."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", str(days), "-subj", f"/CN={name}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Bridge:
    def __init__(self, program, folder, certificate, key):
        file = folder / "certificates.yaml"
        file.write_text(CONFIG.format(certificate=certificate, key=key))
        self.process = subprocess.Popen([program, "--config", file], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL,
                                        env={"OPENAI_API_KEY": "sk-none", "LINECHECK_TOKEN_SECRET": "s" * 32})
        found = re.search(r" admin=\S+:(\d+)$", self.process.stdout.readline().strip())
        if not found:
            raise RuntimeError(f"{program} did not start")
        self.metrics = f"http://127.0.0.1:{found[1]}/metrics"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()

    def scrape(self):
        with urllib.request.urlopen(self.metrics, timeout=10) as answer:
            return answer.read().decode()

    def scrape_with(self, line):
        deadline = time.monotonic() + 30
        while line not in (text := self.scrape()).splitlines():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{line} did not come about")
            time.sleep(0.05)
        return text


def samples(text, now):
    """Series as promtool wants them, and their values; its time begins at 0."""
    found = {}
    for name, labels, value in (match.groups() for match in map(SAMPLE.match, text.splitlines()) if match):
        expiry = name == "voicebridge_certificate_expiry_timestamp_seconds" and float(value) > 0
        target = 'job="linecheck-bridge",instance="real"' + (f",{labels}" if labels else "")
        if "Inf" not in value:
            found[f"{name}{{{target}}}"] = f"{float(value) - (now if expiry else 0):.3f}"
    return found


def input_series(before, after, now):
    """Two minutes of one scrape, and then the other."""
    series = [{"series": 'up{job="linecheck-bridge",instance="real"}', "values": "1x80"}]
    first, second = samples(before, now), samples(after, now)
    for name in sorted(first.keys() & second.keys()):
        series.append({"series": name, "values": f"{first[name]}x7 {second[name]}x72"})
    return series


def cases(program, folder):
    """Name, series, the alerts that fire, the one that pages."""
    found = []
    for name, days, alerts, pages in (
            ("a real bridge's certificate ends in three days", 3, {"CertificateExpires"}, None),
            ("a real bridge's certificate ends in a day", 1, {"CertificateExpires", "CertificateEnding"},
             "CertificateEnding")):
        certificate, key = make_certificate(folder, f"days-{days}", days)
        with Bridge(program, folder, certificate, key) as bridge:
            text = bridge.scrape()
            found.append((name, input_series(text, text, time.time()), alerts, pages))
    certificate, key = make_certificate(folder, "good", 30)
    other, _ = make_certificate(folder, "other", 30)
    with Bridge(program, folder, certificate, key) as bridge:
        before = bridge.scrape()
        certificate.write_text(other.read_text())
        after = bridge.scrape_with(REFUSED)
        found.append(("a real bridge's new certificate does not fit its key",
                      input_series(before, after, time.time()), {"CertificateReloadFailed"}, None))
    return found
