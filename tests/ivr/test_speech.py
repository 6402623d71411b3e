"""Values said in the words of a language."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech import speaker
from ivr.speech.chinese import whole
from ivr.speech.said import HIGHEST, Words
from ivr.utterance import Sound, Text
from tests.asterisk.pbx import SHARED_ROOT

EN, ZH, FR = speaker("en"), speaker("zh_CN"), speaker("fr")


def heard(words: Words) -> str:
    """As one line: sounds without their directory, phrases as they are."""
    return " ".join(
        word.name.removeprefix("digits/") if isinstance(word, Sound) else word.text for word in words
    )


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "0", "零"),
        (7, "7", "七"),
        (10, "10", "十"),
        (12, "12", "十二"),
        (20, "20", "二十"),
        (42, "40 2", "四十二"),
        (100, "1 hundred", "一百"),
        (105, "1 hundred 5", "一百零五"),
        (110, "1 hundred 10", "一百一十"),
        (222, "2 hundred 20 2", "二百二十二"),
        (1010, "1 thousand 10", "一千零一十"),
        (2000, "2 thousand", "两千"),
        (10_000, "10 thousand", "一万"),
        (20_000, "20 thousand", "两万"),
        (10_005, "10 thousand 5", "一万零五"),
        (150_000, "1 hundred 50 thousand", "十五万"),
        (1_000_001, "1 million 1", "一百万零一"),
        (100_050_000, "1 hundred million 50 thousand", "一亿零五万"),
        (200_000_000, "2 hundred million", "两亿"),
        (HIGHEST, None, "九千九百九十九亿九千九百九十九万九千九百九十九"),
        (-3, "minus 3", "负三"),
        (Decimal("3.50"), "3.5", "三点五"),
        (Decimal("-0.25"), "minus 0.25", "负零点二五"),
        (Decimal("4.0000004"), "4", "四"),
        (Decimal("-0.0000001"), "0", "零"),
        (HIGHEST + 1, "1" + " 0" * 12, "幺零零零，零零零零，零零零零，零"),
        (Decimal("NaN"), "", ""),
        (Decimal("1E+999999"), "1", "幺"),
    ],
)
def test_numbers(value: int | Decimal, english: str | None, chinese: str) -> None:
    if english is not None:
        assert heard(EN.number(value)) == english
    assert heard(ZH.number(value)) == chinese


@pytest.mark.parametrize(
    ("value", "currency", "english", "chinese"),
    [
        (Decimal("1234.56"), "EUR", "1234 euros and 56 cents", "一千二百三十四点五六欧元"),
        (Decimal("1.01"), "EUR", "1 euro and 1 cent", "一点零一欧元"),
        (Decimal("0.50"), "GBP", "50 pence", "零点五英镑"),
        (Decimal("-12.5"), "eur", "minus 12 euros and 50 cents", "负十二点五欧元"),
        (Decimal("12.345"), "EUR", "12 euros and 35 cents", "十二点三五欧元"),
        (20, "USD", "20 dollars", "二十美元"),
        (1, "USD", "1 dollar", "一美元"),
        (Decimal("1500.4"), "JPY", "1500 yen", "一千五百日元"),
        (Decimal("12.56"), "CNY", "12 yuan and 56 fen", "十二元五角六分"),
        (Decimal("12.5"), "CNY", "12 yuan and 50 fen", "十二元五角"),
        (Decimal("12.06"), "CNY", "12 yuan and 6 fen", "十二元零六分"),
        (Decimal("0.06"), "CNY", "6 fen", "六分"),
        (0, "CNY", "0 yuan", "零元"),
        (5, "XTS", "5 X T S", "五X T S"),
    ],
)
def test_amounts(value: int | Decimal, currency: str, english: str, chinese: str) -> None:
    assert heard(EN.amount(value, currency)) == english
    assert heard(ZH.amount(value, currency)) == chinese


def test_digits_are_told_as_over_the_telephone() -> None:
    assert heard(EN.digits("06 12*#a")) == "0 6 1 2 star pound letters/a"
    assert heard(ZH.digits("061234567")) == "零六幺二，三四五六，七"
    assert heard(ZH.digits("06 12 b#")) == "零六，幺二， B 井"
    assert heard(FR.digits("06 12")) == "0 6 1 2"


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        ("2026-11-22", "day-0 mon-10 20 h-2 20 20 6", "二零二六年十一月二十二日，星期日"),
        ("2005-01-30", "day-0 mon-0 h-30 2 thousand 5", "二零零五年一月三十日，星期日"),
        ("1905-12-01", "day-5 mon-11 h-1 19 oh 5", "一九零五年十二月一日，星期五"),
        ("1900-02-11", "day-0 mon-1 h-11 19 hundred", "一九零零年二月十一日，星期日"),
    ],
)
def test_dates(day: str, english: str, chinese: str) -> None:
    date = datetime.date.fromisoformat(day)
    assert (heard(EN.date(date)), heard(ZH.date(date)), heard(FR.date(date))) == (english, chinese, day)


@pytest.mark.parametrize(
    ("time", "english", "chinese"),
    [
        ("00:00", "12 oclock a-m", "凌晨零点整"),
        ("02:30", "2 30 a-m", "凌晨两点三十分"),
        ("09:05", "9 oh 5 a-m", "上午九点零五分"),
        ("12:15", "12 15 p-m", "中午十二点十五分"),
        ("14:00", "2 oclock p-m", "下午两点整"),
        ("23:59", "11 50 9 p-m", "晚上十一点五十九分"),
    ],
)
def test_times(time: str, english: str, chinese: str) -> None:
    at = datetime.time.fromisoformat(time)
    assert (heard(EN.time(at)), heard(ZH.time(at)), heard(FR.time(at))) == (english, chinese, time)


def test_a_place_in_line_and_a_wait() -> None:
    assert heard(EN.place(1)) == heard(ZH.place(1)) == heard(FR.place(1)) == "queue-youarenext"
    assert heard(EN.place(23)) == "queue-thereare 20 3 queue-callswaiting"
    assert heard(ZH.place(2)) == "您现在排在第二位。"
    assert heard(EN.wait(1)) == "queue-holdtime queue-less-than 1 queue-minute"
    assert heard(EN.wait(30)) == "queue-holdtime queue-less-than 30 queue-minutes"
    assert heard(ZH.wait(2)) == "预计等待时间不到两分钟。"
    assert heard(FR.wait(2)) == "queue-holdtime queue-less-than 2 queue-minutes"


def read(text: str) -> int:
    """A whole number back from its Chinese words, by their grammar alone."""
    total = 0
    for unit, scale in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            before, text = text.split(unit)
            total += scale * read(before)
    figure = 0
    for character in text:
        if character in "千百十":
            total += (figure or 1) * {"千": 1000, "百": 100, "十": 10}[character]
            figure = 0
        elif character != "零":
            figure = "一二三四五六七八九".find(character) + 1 or 2
    return total + figure


@given(st.integers(0, HIGHEST) | st.integers(0, 10**5))
def test_a_chinese_number_can_be_read_back(value: int) -> None:
    spelled = whole(value)
    assert read(spelled) == value
    assert "零零" not in spelled
    assert value == 0 or not spelled.endswith("零")


def worth(names: list[str]) -> int:
    """A whole number back from its English sounds."""
    total = part = 0
    for name in names:
        match name:
            case "hundred":
                part *= 100
            case "thousand" | "million" | "billion":
                total += part * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[name]
                part = 0
            case _:
                part += int(name)
    return total + part


@given(st.integers(0, HIGHEST))
def test_an_english_number_can_be_read_back(value: int) -> None:
    assert worth(heard(EN.number(value)).split()) == value


values = st.integers() | st.decimals() | st.builds(lambda n: 10**n, st.integers(0, 6000))


@given(values, st.text(max_size=5), st.dates(), st.times(), st.text())
def test_anything_is_said_or_left_out_but_never_refused(
    value: int | Decimal, currency: str, day: datetime.date, time: datetime.time, text: str
) -> None:
    for one in (EN, ZH, FR):
        said = (
            one.number(value),
            one.amount(value, currency),
            one.digits(text),
            one.date(day),
            one.time(time),
        )
        assert all(len(heard(words)) < 1000 for words in said)
        assert all(word != Text("") for words in said for word in words)


@pytest.mark.asterisk
@given(st.integers(), st.dates(), st.times(), st.text("0123456789abcxyz*#+-./"))
def test_asterisk_has_every_english_sound(
    value: int, day: datetime.date, time: datetime.time, digits: str
) -> None:
    sounds = SHARED_ROOT / "usr/share/asterisk/sounds/en_US_f_Allison"
    if not sounds.is_dir():
        pytest.skip("needs Asterisk's own sounds")
    said = (EN.number(value), EN.amount(value, "USD"), EN.date(day), EN.time(time), EN.digits(digits))
    for word in (word for words in said for word in words):
        assert isinstance(word, Text) or (sounds / f"{word.name}.gsm").is_file(), word
