"""Amazon SNS: messages signed by a certificate of our own that stands where Amazon's stands."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from earnest.channels.signing import certificates
from earnest.channels.signing.certificates import LARGEST, TRIES, confirm_url, fetch_over_https
from earnest.channels.signing.scheme import Request, Scheme, Unverifiable, scheme_of
from earnest.channels.signing.sns import sns_scheme
from unit.channels.signing.senders import (
    CERTIFICATE_PATH,
    CERTIFICATE_URL,
    NOW_S,
    RSA_KEY,
    TOPIC,
    certificate,
    sns_message,
)

SUBSCRIBE = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription"
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Token": "abc123",
    "SubscribeURL": f"{SUBSCRIBE}&TopicArn={TOPIC}&Token=abc123",
}


class Amazon:
    """Hands out one file and remembers what was asked for."""

    def __init__(self, content: bytes | OSError | None) -> None:
        self.content, self.asked = content, list[str]()

    def __call__(self, host: str, path: str) -> bytes | None:
        self.asked.append(f"https://{host}{path}")
        if isinstance(self.content, OSError):
            raise self.content
        return self.content


def request(message: dict[str, str], at_s: float = NOW_S) -> Request:
    return Request("POST", "https://h/", {"content-type": "text/plain"}, json.dumps(message).encode(), at_s)


def refusal(scheme: Scheme, message: dict[str, str], at_s: float = NOW_S) -> str | None:
    return scheme.verify(request(message, at_s), [TOPIC])


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("fields", [{}, CONFIRMATION, CONFIRMATION | {"Type": "UnsubscribeConfirmation"}])
def test_signed_messages_are_taken_and_the_certificate_is_kept(version: str, fields: dict[str, str]) -> None:
    amazon = Amazon(certificate())
    scheme = sns_scheme(amazon)
    message = sns_message(**fields, SignatureVersion=version)
    for _ in range(3):
        assert refusal(scheme, message) is None
    assert amazon.asked == [CERTIFICATE_URL]
    for name in ("Message", "MessageId", "Timestamp", "Type", "TopicArn"):
        assert refusal(scheme, message | {name: message[name] + "x"}) is not None
    assert refusal(scheme, message | {"SignatureVersion": "1" if version == "2" else "2"}) is not None


def test_a_message_without_subject_is_taken() -> None:
    scheme, message = sns_scheme(Amazon(certificate())), sns_message()
    assert refusal(scheme, {name: text for name, text in message.items() if name != "Subject"}) is not None
    assert refusal(scheme, message | {"Subject": "another"}) is not None


def test_messages_of_other_topics_are_refused_before_anything_is_fetched() -> None:
    amazon = Amazon(certificate())
    message = sns_message(TopicArn=TOPIC + "-of-others")
    assert refusal(sns_scheme(amazon), message) == "the message is of another topic"
    assert sns_scheme(amazon).verify(request(message), [TOPIC, TOPIC + "-of-others"]) is None
    assert sns_scheme(amazon).verify(request(sns_message()), [""]) is not None
    assert amazon.asked == [CERTIFICATE_URL]


def test_two_messages_cannot_have_one_text() -> None:
    message = sns_message()
    merged = message | {"MessageId": f"{message['MessageId']}\nSubject\n{message['Subject']}"}
    del merged["Subject"]
    assert refusal(sns_scheme(Amazon(certificate())), merged) is not None


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/a.pem",
        "https://evil.example#@sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/a.pem",
        "https://sns.eu-central-1.amazonaws.com/a.pem?x=1",
        "https://sns.eu-central-1.amazonaws.com/?x=a.pem",
        "https://sns.eu-central-1.amazonaws.com/../a.pem",
        "https://sns.eu-central-1.amazonaws.com/a/b.pem",
        "https://sns.eu-central-1.amazonaws.com/a.pem\n",
        "https://sns.eu-central-1.amazonaws.com/a.pem\r\nhost: x",
        "https://sns.eu-central-1.amazonaws.com/a.txt",
        "https://sns.eu.central.amazonaws.com/a.pem",
        "https://sns.x.amazonaws.com/a.pem",
        "https://s3.eu-central-1.amazonaws.com/a.pem",
        "https://xsns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com.cn.example/a.pem",
        "https://sns.eu-central-1.amazonaws,com/a.pem",
        "https://SNS.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com\\@evil.example/a.pem",
        "https://127.0.0.1/a.pem",
        "file:///etc/passwd.pem",
        "",
    ],
)
def test_certificates_come_from_amazon_only(address: str) -> None:
    amazon = Amazon(certificate())
    assert refusal(sns_scheme(amazon), sns_message() | {"SigningCertURL": address}) is not None
    assert not amazon.asked


def test_chinese_regions_are_amazons_too() -> None:
    message = sns_message() | {"SigningCertURL": f"https://sns.cn-north-1.amazonaws.com.cn{CERTIFICATE_PATH}"}
    assert refusal(sns_scheme(Amazon(certificate())), message) is None


def test_a_certificate_that_is_none_or_not_in_force_is_refused() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for content in (None, b"", b"not a certificate", certificate(days=-1), certificate(other), certificate(short)):
        assert refusal(sns_scheme(Amazon(content)), sns_message()) is not None
    scheme = sns_scheme(Amazon(certificate(days=30)))
    assert refusal(scheme, sns_message()) is None
    assert refusal(scheme, sns_message(), NOW_S + 31 * 86_400) is not None
    assert refusal(scheme, sns_message(), NOW_S - 61 * 86_400) is not None


def test_unreachable_is_not_refused() -> None:
    scheme = sns_scheme(Amazon(OSError("no route")))
    with pytest.raises(Unverifiable, match="could not be fetched"):
        refusal(scheme, sns_message())


def test_only_so_many_certificates_are_asked_for() -> None:
    amazon = Amazon(None)
    scheme = sns_scheme(amazon)
    for number in range(TRIES):
        address = f"https://sns.eu-central-1.amazonaws.com/{number}.pem"
        assert refusal(scheme, sns_message() | {"SigningCertURL": address}) is not None
    with pytest.raises(Unverifiable, match="too many"):
        refusal(scheme, sns_message())
    amazon.content = certificate()
    assert refusal(scheme, sns_message(), NOW_S + 61) is None
    assert len(amazon.asked) == TRIES + 1


def test_the_address_that_confirms_a_subscription() -> None:
    url = confirm_url(sns_message(**CONFIRMATION))
    assert url == f"{SUBSCRIBE}&TopicArn={TOPIC.replace(':', '%3A')}&Token=abc123"
    assert confirm_url(sns_message()) is None
    assert confirm_url(sns_message(**CONFIRMATION | {"Type": "UnsubscribeConfirmation"})) is None
    for payload in (
        None,
        [],
        "x",
        {},
        {"Type": "SubscriptionConfirmation"},
        CONFIRMATION,
        CONFIRMATION | {"TopicArn": 1},
    ):
        assert confirm_url(payload) is None
    good = CONFIRMATION["SubscribeURL"]
    for said in (
        good.replace("https", "http"),
        good.replace("amazonaws.com", "amazonaws.com.evil.example"),
        good.replace("//", "//user@"),
        good.replace(".com/", ".com:8080/"),
        good.replace("ConfirmSubscription", "DeleteTopic"),
        good.replace("abc123", "abc124"),
        good.replace("mail-events", "others"),
        good.replace("/?", "/a?"),
        good + "&AuthenticateOnUnsubscribe=true",
        good + "\r\nhost: x",
        "",
    ):
        assert confirm_url(sns_message(**CONFIRMATION | {"SubscribeURL": said})) is None


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = int(self.path.strip("/").split("-")[0])
        body = b"x" * (LARGEST + 1) if self.path.endswith("large") else b"content"
        self.send_response(status)
        self.send_header("location", "/200")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a quiet server."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real HTTPS server whose certificate the machine trusts for the length of a test."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, RSA_KEY.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(RSA_KEY, hashes.SHA256())
    )
    pem, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(RSA_KEY.private_bytes(encoding, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with http.server.ThreadingHTTPServer(("localhost", 0), _Answers) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        monkeypatch.setattr(certificates, "TIMEOUT_S", 0.5)
        for proxy in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(proxy, "http://127.0.0.1:1")
        yield f"localhost:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_fetching_over_a_real_connection(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch_over_https(server, "/200") == b"content"
    assert fetch_over_https(server, "/404") is None
    assert fetch_over_https(server, "/403") is None
    assert fetch_over_https(server, "/200-large") is None
    for status in ("301", "302", "307", "429", "500", "503"):
        with pytest.raises(OSError, match=f"status {status}"):
            fetch_over_https(server, f"/{status}")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch_over_https(server, "/200")


def test_who_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "TIMEOUT_S", 0.2)
    with socket.create_server(("localhost", 0)) as silent, pytest.raises(OSError, match="timed out"):
        fetch_over_https(f"localhost:{silent.getsockname()[1]}", "/200")
    with pytest.raises(OSError, match=r"."):
        fetch_over_https("localhost:1", "/200")


def test_the_declared_scheme_waits() -> None:
    assert scheme_of("sns").waits
