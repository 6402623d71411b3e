"""Lists of leads as people write them: read, guessed at, and every mistake told with its line."""

import io
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from acd.brief import Datum
from cti.lead_document import Fault
from cti.lead_file import LeadFile, LeadRow
from cti.lead_mapping import ListReading
from cti.sheet import read_sheet
from dialer.ids import ListId
from dialer.lead import LeadNumber

HOUR_US = 3_600_000_000


def read(text: str, columns: Mapping[str, str] | None = None, region: str | None = "FR") -> list[LeadRow]:
    sheet = read_sheet(text.encode())
    reading = ListReading(columns=columns or {}, region=region)
    if columns is None:
        reading = reading.with_guesses(sheet.columns, ())
    assert reading.faults(sheet.columns) == []
    return list(LeadFile(sheet, ListId("spring"), reading.mapping, region, ["ana", "ben"]).rows())


def faults(text: str, columns: Mapping[str, str] | None = None) -> list[tuple[int, str, str]]:
    return [(row.line, one.field, one.why) for row in read(text, columns) for one in row.faults]


def guessed(head: str, *rows: str, said: Mapping[str, str] | None = None) -> dict[str, str]:
    sheet = read_sheet("\n".join((head, *rows)).encode())
    cells = [row.cells for row in sheet.rows]
    return dict(ListReading(columns=said or {}, region="FR").with_guesses(sheet.columns, cells).columns)


def test_a_lead_is_what_his_row_says() -> None:
    (row,) = read(
        "Nr;Vorname;Nachname;Handy;Büro;Zeitzone;Prio;Sprache;Betrag;bis\n"
        "A-17;Mia;Ölström;06 12 34 56 78;01 23 45 67 89 | 01 98 76 54 32;Europe/Paris;80;fr-FR;30,50 €;"
        "2026-12-24\n"
    )
    assert row.read is not None
    lead = row.read.lead
    assert lead.lead_id == "spring:A-17"
    assert lead.numbers == (
        LeadNumber(number="+33612345678", region="+33 61", kind="mobile"),
        LeadNumber(number="+33123456789", region="+33 12", kind="work"),
        LeadNumber(number="+33198765432", region="+33 19", kind="work"),
    )
    assert (lead.name, lead.zone, lead.priority, lead.language) == (
        "Mia Ölström",
        "Europe/Paris",
        80,
        "fr_FR",
    )
    assert lead.data == (Datum(name="betrag", value="30,50 €"),)
    assert lead.not_after == 1_798_153_200 * 1_000_000  # the end of that day in Paris: 23:00 UTC


def test_the_one_zone_all_his_numbers_are_in_is_his_and_no_other() -> None:
    rows = read(
        "tel,tel 2,zone\n"
        "0612345678,0123456789,\n"
        "0612345679,,Africa/Dakar\n"  # his list knows better
        "0612345670,+12125550123,\n"
        "+18005550123,,\n"  # in any zone of its country
        "+870773111632,0123456780,\n"
    )
    assert [row.read.lead.zone if row.read else row.faults for row in rows] == [
        "Europe/Paris",
        "Africa/Dakar",
        None,
        None,
        None,
    ]


def test_columns_mean_what_somebody_has_said() -> None:
    (row,) = read(
        "a,b,c,d\n0612345678,0123456789,2026-03-01 09:00,ana\n",
        {"b": "number:work@09:00-12:30", "a": "number:mobile@18-21", "c": "not_before", "d": "agent"},
    )
    assert row.read is not None
    assert row.read.lead.numbers == (
        LeadNumber(number="+33123456789", region="+33 12", kind="work", since_minute=540, until_minute=750),
        LeadNumber(
            number="+33612345678", region="+33 61", kind="mobile", since_minute=1080, until_minute=1260
        ),
    )
    assert row.read.lead.lead_id == "spring:tel33123456789"
    assert row.read.lead.not_before == 1_772_352_000 * 1_000_000
    assert row.read.lead.agent_id == "ana"


def test_what_columns_mean_is_guessed_by_their_names_or_by_what_is_in_them() -> None:
    assert guessed("PhoneNumber,First Name,Last Name,Amount due") == {
        "PhoneNumber": "number",
        "First Name": "name",
        "Last Name": "name",
        "Amount due": "data.amount_due",
    }
    assert guessed("Téléphone 1;Téléphone 2;Mobile;Fuseau horaire") == {
        "Téléphone 1": "number",
        "Téléphone 2": "number",
        "Mobile": "number:mobile",
        "Fuseau horaire": "zone",
    }
    assert guessed("who,reach him,x", "Mia,0123456789,1", "Tom,no idea,2", "Lea,+33198765432,3") == {
        "who": "data.who",
        "reach him": "number",
        "x": "data.x",
    }
    assert guessed("姓名,手机") == {"姓名": "name", "手机": "number:mobile"}
    assert guessed("tel,mobile,x", said={"mobile": "-", "x": "id"}) == {
        "mobile": "-",
        "x": "id",
        "tel": "number",
    }


def test_a_mapping_that_makes_no_sense_is_told() -> None:
    with pytest.raises(ValidationError, match="did you mean 'priority'"):
        ListReading(columns={"a": "prioritty"})
    with pytest.raises(ValidationError, match="later when the hours end"):
        ListReading(columns={"a": "number@17-9"})
    with pytest.raises(ValidationError, match="no time of day"):
        ListReading(columns={"a": "number@9-25"})
    reading = ListReading(columns={"Fone": "id", "b": "id"})
    assert reading.faults(["Phone", "b"]) == [
        "there is no column 'Fone' (did you mean 'Phone'?)",
        "two columns are 'id'",
        "no column is 'number'; there are Phone, b",
    ]


def test_every_mistake_has_its_line_and_field() -> None:
    told = faults(
        "id,tel,zone,priority,language,agent,not_before,not_after\n"
        "1,,,,,,,\n"
        "a b,0123456789,,,,,,\n"
        "3,anna,,,,,,\n"
        "4,3.3123E+10,,,,,,\n"
        "5,1001,,,,,,\n"
        "6,0123456789,Europe/Pari,,,,,\n"
        "7,0123456789,,101,franz osisch,,,\n"
        "8,0123456789,,,,anna,tomorrow,\n"
        "9,0123456789,,,,,2026-05-02,2026-05-01\n"
        "10,#N/A,,,,,,\n"
        "11,0123456789\n"
    )
    assert told == [
        (2, "numbers", "there is none"),
        (3, "id", "must be 1 to 64 letters, digits, dots, @, hyphens and underscores, without spaces"),
        (4, "numbers", "'anna' is no telephone number"),
        (
            5,
            "numbers",
            "'3.3123E+10' was shortened by a spreadsheet: make its column text, and fill it again",
        ),
        (6, "numbers", "'1001' is a number of the house at best; leads are outside"),
        (7, "zone", "'Europe/Pari' is no time zone, such as Europe/Paris (did you mean Europe/Paris?)"),
        (8, "priority", "Input should be less than or equal to 100"),
        (8, "language", "must be a language, such as fr or pt-BR"),
        (9, "agent", "there is no agent 'anna' (did you mean 'ana'?)"),
        (9, "not_before", "'tomorrow' is no moment, such as 2026-12-24 or 2026-12-24 18:00"),
        (10, "not_after", "is not later than not_before"),
        (11, "tel", "holds an error of the spreadsheet, #N/A"),
        (12, "", "2 cells where there are 8 columns"),
    ]


def test_a_number_stands_once_in_a_file_and_the_first_one_has_it() -> None:
    rows = read("id,tel,mobile\n1,0123456789,\n2,01 23 45 67 89,0612345678\n3,0612345678,\n1,0198765432,\n")
    first, second, third, fourth = rows
    assert first.read is not None
    assert second.read is not None
    assert [one.number for one in second.read.lead.numbers] == ["+33612345678"]
    assert second.notes == (Fault("numbers", "+33123456789 stands in line 2 already"),)
    assert (third.read, third.faults) == (None, (Fault("numbers", "+33612345678 stands in line 3 already"),))
    assert (fourth.read, fourth.faults) == (None, (Fault("id", "1 stands in line 2 already"),))


def test_spreadsheets_numbers_and_doubtful_ones() -> None:
    (whole, doubtful) = read("tel\n33123456789.0\n+33023456789\n")
    assert whole.read is not None
    assert whole.read.lead.numbers[0].number == "+33123456789"
    assert doubtful.read is not None
    assert doubtful.notes == (Fault("numbers", "+33023456789 fits no plan of its country's numbers"),)


def test_rejected_rows_can_be_corrected_and_read_again() -> None:
    text = "tel,rejected.line,rejected.why\n0123456789,7,was wrong\n"
    (row,) = read(text)
    assert row.read is not None
    assert row.read.lead.data == ()


def test_without_a_region_numbers_need_their_country() -> None:
    told = read("tel\n0123456789\n+33123456789\n0033198765432\n", region=None)
    assert [row.read is not None for row in told] == [False, True, True]
    assert "without a region, numbers begin with + or 00" in told[0].faults[0].why


def test_a_long_file_is_read_in_no_time_to_speak_of() -> None:
    text = io.StringIO()
    text.write("id,tel\n")
    for n in range(2000):
        text.write(f"{n},01{n:08}\n")
    assert sum(1 for row in read(text.getvalue()) if row.read is not None) == 2000
