"""Mandarin Chinese: everything is spelled out, so that no voice has to guess how a figure is read."""

import datetime
from decimal import Decimal

from ivr.speech.money import MINOR_PLACES, NAMES
from ivr.speech.said import MOST_CHARACTERS, Sayable, Words, sayable, written
from ivr.utterance import Sound, Text

_FIGURES = "零一二三四五六七八九"
_ONE_BY_ONE = str.maketrans("0123456789*#+-.", "零幺二三四五六七八九星井加杠点")
"""As digits are told over the telephone, where 一 and 七 are mistaken for each other: 幺 is one."""
_WEEKDAYS = "一二三四五六日"
_GROUP = 4
"""Digits said in one breath."""
_PARTS_OF_DAY = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
"""Each until this hour."""


class Chinese:
    """Implements :class:`ivr.speech.said.Speaker`."""

    def number(self, value: int | Decimal) -> Words:
        """一千零五十点二"""
        said = sayable(value)
        return self.digits(written(value)) if said is None else (Text(_spelled(said)),)

    def digits(self, text: str) -> Words:
        """零幺二三，四五: a breath after every fourth, or where there is a space."""
        told = [c for c in text[:MOST_CHARACTERS] if (c.isascii() and c.isalnum()) or c in "*#+-. "]
        groups = "".join(told).split()
        if len(groups) == 1:
            groups = [groups[0][at : at + _GROUP] for at in range(0, len(groups[0]), _GROUP)]
        spoken = "，".join(group.upper().translate(_ONE_BY_ONE) for group in groups)
        # A letter is read as a letter only when it stands alone.
        spaced = "".join(f" {c} " if c.isascii() and c.isalpha() else c for c in spoken)
        return (Text(" ".join(spaced.split())),) if spaced else ()

    def amount(self, value: int | Decimal, currency: str) -> Words:
        """Yuan by jiao and fen, 十二元五角; other money as a decimal number, 十二点五欧元."""
        code = currency.upper()
        said = sayable(value, MINOR_PLACES.get(code, 2))
        if said is None:
            return (*self.number(value), *self.digits(code[:3]))
        if code == "CNY":
            return (Text(_yuan(said)),)
        name = NAMES.get(code)
        called = name.chinese if name is not None else " ".join(code[:3])
        return (Text(_spelled(said) + called),)

    def date(self, value: datetime.date) -> Words:
        """二零二六年十一月二十二日，星期日"""
        year = "".join(_FIGURES[int(figure)] for figure in str(value.year))
        weekday = _WEEKDAYS[value.weekday()]
        return (Text(f"{year}年{whole(value.month)}月{whole(value.day)}日，星期{weekday}"),)

    def time(self, value: datetime.time) -> Words:
        """下午六点零五分"""
        part = next(name for until, name in _PARTS_OF_DAY if value.hour < until)
        hour = value.hour if value.hour <= 12 else value.hour - 12
        named = "两" if hour == 2 else whole(hour)
        if value.minute == 0:
            return (Text(f"{part}{named}点整"),)
        zero = "零" if value.minute < 10 else ""
        return (Text(f"{part}{named}点{zero}{whole(value.minute)}分"),)

    def place(self, position: int) -> Words:
        """您现在排在第三位。"""
        if position == 1:
            return (Sound("queue-youarenext"),)
        return (Text(f"您现在排在第{_heard(self.number(position))}位。"),)

    def wait(self, minutes: int) -> Words:
        """预计等待时间不到五分钟。"""
        counted = "两" if minutes == 2 else _heard(self.number(minutes))
        return (Text(f"预计等待时间不到{counted}分钟。"),)


def whole(value: int) -> str:
    """A whole number from 0 to :data:`ivr.speech.said.HIGHEST`, spelled out."""
    if value == 0:
        return "零"
    spelled = ""
    for scale, unit in ((10**8, "亿"), (10**4, "万"), (1, "")):
        count, value = divmod(value, scale)
        if not count:
            continue
        gap = spelled and (count < 1000)  # a place was left empty: 一万零五
        lone_two = count == 2 and unit  # 两万, 两亿
        spelled += ("零" if gap else "") + ("两" if lone_two else _below_ten_thousand(count)) + unit
    # Ten to nineteen, at the very beginning: 十五, not 一十五.
    return spelled[1:] if spelled.startswith("一十") else spelled


def _below_ten_thousand(value: int) -> str:
    spelled, gap = "", False
    for scale, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure, value = divmod(value, scale)
        if not figure:
            gap = bool(spelled)
            continue
        name = "两" if figure == 2 and scale == 1000 else _FIGURES[figure]
        spelled += ("零" if gap else "") + name + unit
        gap = False
    return spelled


def _heard(words: Words) -> str:
    return "".join(word.text for word in words if isinstance(word, Text))


def _spelled(said: Sayable) -> str:
    decimals = "点" + "".join(_FIGURES[int(figure)] for figure in said.decimals) if said.decimals else ""
    return ("负" if said.negative else "") + whole(said.whole) + decimals


def _yuan(said: Sayable) -> str:
    jiao, fen = (int(figure) for figure in said.decimals.ljust(2, "0"))
    parts = "负" if said.negative else ""
    if said.whole or not (jiao or fen):
        parts += whole(said.whole) + "元"
    if jiao:
        parts += _FIGURES[jiao] + "角"
    elif fen and said.whole:
        parts += "零"
    return parts + (_FIGURES[fen] + "分" if fen else "")
