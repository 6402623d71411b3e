"""One directory under two names: ours and Asterisk's."""

from pathlib import Path, PurePosixPath

import pytest

from cti.media_place import ElsewhereError, MediaPlace, MediaPlaceError, media_place


@pytest.fixture
def place(tmp_path: Path) -> MediaPlace:
    (tmp_path / "x" / "recordings").mkdir(parents=True)
    return MediaPlace(here=tmp_path / "x", there=PurePosixPath("/srv/callwright/x"))


def test_a_path_is_told_to_asterisk_in_its_own_words_and_found_again(place: MediaPlace) -> None:
    recorded = place.recordings / "1700000000.7.wav"
    assert place.for_asterisk(recorded) == "/srv/callwright/x/recordings/1700000000.7.wav"
    assert place.from_asterisk("/srv/callwright/x/recordings/1700000000.7.wav") == recorded


@pytest.mark.parametrize("elsewhere", ["/etc/passwd", "/srv/callwright/y/prompts", "prompts/a"])
def test_what_lies_elsewhere_has_no_name_in_asterisk(place: MediaPlace, elsewhere: str) -> None:
    with pytest.raises(ElsewhereError):
        place.for_asterisk(Path(elsewhere))
    with pytest.raises(ElsewhereError):
        place.for_asterisk(place.prompts / ".." / ".." / "secrets.json")


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "recordings/a.wav",
        "/srv/callwright/x/../y/a.wav",
        "/srv/callwright/x/recordings/../../../a",
        "/srv/callwright/x/a\0b",
    ],
)
def test_asterisk_cannot_name_what_lies_elsewhere(place: MediaPlace, name: str) -> None:
    with pytest.raises(ElsewhereError):
        place.from_asterisk(name)


def test_a_link_out_of_the_instance_is_not_followed(place: MediaPlace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (place.recordings / "a.wav").symlink_to(tmp_path / "secret")
    with pytest.raises(ElsewhereError):
        place.from_asterisk("/srv/callwright/x/recordings/a.wav")


def test_it_is_noted_in_the_data_directory(place: MediaPlace, tmp_path: Path) -> None:
    place.note(tmp_path)
    assert media_place(tmp_path) == place


def test_without_a_note_it_is_the_systems_asterisk(tmp_path: Path) -> None:
    there = media_place(tmp_path)
    assert there.for_asterisk(there.fax / "a.tif") == str(tmp_path / "asterisk" / "fax" / "a.tif")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"here": 1, "there": 2}', '{"here": "a", "there": "/b"}']
)
def test_a_damaged_note_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "asterisk-place.json").write_text(content)
    with pytest.raises(MediaPlaceError, match=r"asterisk-place\.json: .*start Asterisk again"):
        media_place(tmp_path)
