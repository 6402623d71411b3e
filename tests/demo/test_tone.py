"""A recording tells who spoke in it."""

import pytest

from demo import tone, ulaw

SECOND = tone.SAMPLE_RATE


def spoken(hz: int, seconds: float = 1.0) -> list[int]:
    """What a listener gets of a tone after it went through the telephone's codec."""
    return list(ulaw.decode(ulaw.encode(tone.one_second(hz))))[: int(seconds * SECOND)]


@pytest.mark.parametrize("hz", range(400, 1801, 50))
def test_a_tone_is_heard_where_it_is_and_not_beside_it(hz: int) -> None:
    recording = spoken(hz)

    assert tone.heard(recording, hz) > 0.99
    assert tone.heard(recording, hz - 50) < 0.01
    assert tone.heard(recording, hz + 50) < 0.01


def test_silence_and_nothing_at_all_contain_no_tone() -> None:
    assert tone.heard([0] * SECOND, 440) == 0
    assert tone.heard([], 440) == 0
    assert tone.longest_run([0] * SECOND, 440) == 0


def test_silence_around_a_tone_does_not_weigh() -> None:
    recording = [0] * (30 * SECOND) + spoken(700) + [0] * (20 * SECOND)

    assert tone.heard(recording, 700) > 0.95


def test_two_speakers_share_the_recording() -> None:
    recording = spoken(500, 0.6) + spoken(900, 0.4)

    assert tone.heard(recording, 500) == pytest.approx(0.6, abs=0.05)
    assert tone.heard(recording, 900) == pytest.approx(0.4, abs=0.05)


def test_a_tone_is_still_found_when_packets_were_lost() -> None:
    whole = spoken(1150)
    recording = [sample for at in range(0, SECOND, 160) if at % 1600 for sample in whole[at : at + 160]]

    assert tone.heard(recording, 1150) > 0.95


def test_the_longest_stretch_of_a_tone_is_measured_in_seconds() -> None:
    recording = spoken(600, 0.4) + [0] * 4000 + spoken(600, 0.8) + spoken(1000, 0.6)

    assert tone.longest_run(recording, 600) == pytest.approx(0.8, abs=0.1)
    assert tone.longest_run(recording, 1000) == pytest.approx(0.6, abs=0.1)
    assert tone.longest_run(recording, 1400) == 0


@pytest.mark.parametrize("hz", [0, -5, 4000])
def test_a_tone_the_telephone_cannot_carry_is_refused(hz: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        tone.one_second(hz)


def test_where_a_tone_begins() -> None:
    heard = [*[0] * 4000, *tone.one_second(600)[:800], *[0] * 3200, *tone.one_second(750)]
    assert tone.onset(heard, 750) == 8000
    assert tone.onset(heard, 600) is None  # too short to be somebody speaking
    assert tone.onset(heard, 600, lasting_s=0.08) is not None
