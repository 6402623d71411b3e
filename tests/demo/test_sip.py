"""SIP on the wire: messages, session descriptions, proofs of identity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import digest, sdp, sip
from demo.sip import Address, Headers, MalformedMessage, Request, Response, Uri

INVITE = (
    b"INVITE sip:ana@127.0.0.1:5070 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5160;rport;branch=z9hG4bKa1 , SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa0\r\n"
    b'f: "Garc\xc3\xada, \\"Pepe\\"" <sip:+34911@127.0.0.1;x=1>;tag=ft\r\n'
    b"t: <sip:ana@127.0.0.1:5070>\r\n"
    b"i: abc@127.0.0.1\r\n"
    b"CSeq: 17 INVITE\r\n"
    b"Subject: a line\r\n that goes on\r\n"
    b"Contact: <sip:asterisk@127.0.0.1:5160>\r\n"
    b"Content-Length: 4\r\n\r\nv=0\nTRAILING"
)


def test_an_invite_is_read_with_compact_names_folded_lines_and_listed_vias() -> None:
    request = sip.parse(INVITE)

    assert isinstance(request, Request)
    assert (request.method, request.uri, request.body) == ("INVITE", "sip:ana@127.0.0.1:5070", b"v=0\n")
    assert request.branch == "z9hG4bKa1"
    assert len(request.headers.listed("Via")) == 2
    assert request.cseq == (17, "INVITE")
    assert request.headers.first("Subject") == "a line that goes on"
    assert request.from_ == Address(uri="sip:+34911@127.0.0.1;x=1", display='García, "Pepe"', tag="ft")
    assert request.to.tag is None


def test_a_message_survives_writing_and_reading() -> None:
    request = sip.parse(INVITE)

    again = sip.parse(request.encode())

    assert again.body == request.body
    assert again.from_ == request.from_
    assert again.headers.listed("Via") == request.headers.listed("Via")


def test_a_response_repeats_what_identifies_the_request() -> None:
    request = sip.parse(INVITE)
    assert isinstance(request, Request)

    headers = sip.reply_headers(request, tag="mine", more=[("Allow", "BYE")])
    response = sip.parse(Response(status=180, reason="Ringing", headers=headers).encode())

    assert isinstance(response, Response)
    assert response.status == 180
    assert response.to.tag == "mine"
    assert (response.call_id, response.cseq, response.branch) == (
        "abc@127.0.0.1",
        (17, "INVITE"),
        "z9hG4bKa1",
    )


@pytest.mark.parametrize(
    "change",
    [
        (b"\r\n\r\n", b"\r\n"),
        (b"INVITE sip:ana@127.0.0.1:5070 SIP/2.0", b"INVITE SIP/2.0"),
        (b"INVITE sip:ana@127.0.0.1:5070 SIP/2.0", b"SIP/2.0 99 Odd"),
        (b"CSeq: 17 INVITE", b"CSeq: 17 BYE"),
        (b"CSeq: 17 INVITE", b"CSeq: x INVITE"),
        (b"CSeq: 17 INVITE", b"CSeq 17 INVITE"),
        (b"branch=z9hG4bKa1", b"b=1"),
        (b"i: abc@127.0.0.1\r\n", b""),
        (b"t: <sip:ana@127.0.0.1:5070>", b"t: <sip:ana 127>"),
        (b"Content-Length: 4", b"Content-Length: 4000"),
        (b"Content-Length: 4", b"Content-Length: -4"),
        (b"Subject: a line", b"Subject: " + b"a" * 5000),
        (b"Subject: a line", b"S: 1\r\n" * 300 + b"S: 2"),
    ],
)
def test_what_is_not_sip_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(MalformedMessage):
        sip.parse(INVITE.replace(*change, 1))


@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(INVITE)), st.integers(0, 20), st.binary(max_size=20)).map(
            lambda cut: INVITE[: cut[0]] + cut[2] + INVITE[cut[0] + cut[1] :]
        ),
    )
)
def test_no_bytes_do_harm_to_the_reader_of_messages(data: bytes) -> None:
    try:
        message = sip.parse(data)
    except MalformedMessage:
        return
    assert message.call_id is not None
    assert message.branch
    assert message.cseq[0] >= 0


@pytest.mark.parametrize("poison", ["a\r\nX-Forged: 1", "a\nb", "a\0b"])
def test_nothing_can_be_slipped_into_a_message(poison: str) -> None:
    headers = Headers((("From", str(Address(uri="sip:a@b", display=poison))),))

    with pytest.raises(MalformedMessage, match="control character"):
        Request(method="OPTIONS", uri="sip:a@b", headers=headers).encode()
    with pytest.raises(MalformedMessage):
        Request(method="OPTIONS", uri=f"sip:{poison} x", headers=Headers()).encode()


def test_a_uri_is_taken_apart() -> None:
    assert Uri.parse("sip:ana@127.0.0.1:5070;transport=udp") == Uri(user="ana", host="127.0.0.1", port=5070)
    assert Uri.parse("sip:pbx") == Uri(user=None, host="pbx", port=5060)
    for wrong in ("tel:+33", "sip:", "sip:a@b:70000", "sip:a b@c"):
        with pytest.raises(MalformedMessage):
            Uri.parse(wrong)


def test_digest_gives_the_answer_printed_in_rfc_2617() -> None:
    challenge = digest.Challenge.parse(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )

    value = digest.answer(
        challenge,
        user="Mufasa",
        secret="Circle Of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="0a4f113b",
    )

    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value
    assert "qop=auth, nc=00000001" in value


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_gives_the_answers_printed_in_rfc_7616(algorithm: str, response: str) -> None:
    challenge = digest.Challenge.parse(
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )

    value = digest.answer(
        challenge,
        user="Mufasa",
        secret="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )

    assert f'response="{response}"' in value


@pytest.mark.parametrize(
    "challenge",
    ["Basic realm=x", 'Digest realm="x"', 'Digest realm="x", nonce="n", algorithm=ROT13',
     'Digest realm="x", nonce="n", qop="auth-int"', "", "Digest"],
)  # fmt: skip
def test_a_challenge_that_cannot_be_answered_is_refused(challenge: str) -> None:
    with pytest.raises(digest.AuthError):
        digest.Challenge.parse(challenge)


def test_an_answer_takes_the_payload_types_of_the_offer_and_mirrors_its_direction() -> None:
    offer = sdp.parse(
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 20010 RTP/AVP 8 0 97\r\nc=IN IP4 127.0.0.9\r\na=rtpmap:97 telephone-event/8000\r\n"
        b"a=sendonly\r\n"
        b"m=video 0 RTP/AVP 31\r\n"
    )

    assert offer == sdp.Audio(host="127.0.0.9", port=20010, events=97, direction="sendonly")
    assert sdp.answer(offer, host="127.0.0.1", port=40000) == sdp.Audio(
        host="127.0.0.1", port=40000, events=97, direction="recvonly"
    )


@pytest.mark.parametrize("events", [None, 101])
def test_a_session_description_survives_writing_and_reading(events: int | None) -> None:
    audio = sdp.Audio(host="127.0.0.1", port=40000, events=events)

    assert sdp.parse(sdp.describe(audio, version=2)) == audio


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=0\r\nc=IN IP4 127.0.0.1\r\n",
        b"m=audio 1 RTP/AVP 0\r\n",
        b"c=IN IP4 127.0.0.1\r\nm=audio 70000 RTP/AVP 0\r\n",
        b"c=IN IP4 pbx.example\r\nm=audio 1 RTP/AVP 0\r\n",
        b"c=IN IP6 ::1\r\nm=audio 1 RTP/AVP 0\r\n",
        b"c=IN IP4 127.0.0.1\r\nm=audio 1 RTP/AVP 8\r\n",
        b"c=IN IP4 127.0.0.1\r\nm=audio 1 RTP/SAVPF 0\r\n",
    ],
)
def test_a_session_without_our_audio_is_refused(body: bytes) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.parse(body)


@given(
    st.one_of(st.binary(max_size=200), st.text(alphabet="vcma=IN P40127.\r\nudiortpmRTAV/ ", max_size=200))
)
def test_no_bytes_do_harm_to_the_reader_of_descriptions(body: bytes | str) -> None:
    try:
        audio = sdp.parse(body if isinstance(body, bytes) else body.encode())
    except sdp.SdpError:
        return
    assert 0 <= audio.port <= 65535
