"""Whom campaigns reached while no engine was there: what the dialplan wrote down, read as a stranger's."""

from pathlib import Path, PurePosixPath

from cti.campaign_lines import lead_written
from cti.left_alone import LeftAlone
from cti.media_place import MediaPlace
from dialer.attempt import AttemptState
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.signals import LiveLine


def test_who_is_written_down_is_told_until_he_is_forgotten(tmp_path: Path) -> None:
    place = MediaPlace(here=tmp_path, there=PurePosixPath("/srv"))
    left_alone = LeftAlone(lambda: place)
    assert left_alone.found() == ()  # no such directory yet
    place.alone.mkdir()
    lead = lead_written(LeadId("spring:ann"))
    (place.alone / "run-a1").write_text(f"spring {lead} +331\n")
    (place.alone / "run-a2").write_text("")  # being written
    (place.alone / "run-a3").write_text("spring ! +331\n")
    (place.alone / "not a name").write_text(f"spring {lead} +331\n")
    (place.alone / "run-a4").mkdir()
    (place.alone / "run-a5").write_bytes(b"\xff" * 2000)
    ann = LiveLine(
        attempt_id=AttemptId("run-a1"),
        campaign_id=CampaignId("spring"),
        lead_id=LeadId("spring:ann"),
        state=AttemptState.PERSON,
        number="+331",
    )
    assert left_alone.found() == (ann,)
    left_alone.forget([ann.attempt_id, AttemptId("run-a9")])
    assert left_alone.found() == ()
