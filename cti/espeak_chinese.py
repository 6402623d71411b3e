"""Chinese words that the dictionary of Debian's espeak-ng reads wrongly: it goes character by character, and
many characters have several readings. Its voice reads pinyin where there is pinyin.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_READINGS: Mapping[str, str] = MappingProxyType(
    {
        "银行": "yin2 hang2",
        "分行": "fen1 hang2",
        "支行": "zhi1 hang2",
        "央行": "yang1 hang2",
        "行长": "hang2 zhang3",
        "行业": "hang2 ye4",
        "同行": "tong2 hang2",
        "跨行": "kua4 hang2",
        "他行": "ta1 hang2",
        "重新": "chong2 xin1",
        "重听": "chong2 ting1",
        "重录": "chong2 lu4",
        "重试": "chong2 shi4",
        "重复": "chong2 fu4",
        "重设": "chong2 she4",
        "重置": "chong2 zhi4",
        "重拨": "chong2 bo1",
        "还款": "huan2 kuan3",
        "归还": "gui1 huan2",
        "偿还": "chang2 huan2",
        "退还": "tui4 huan2",
        "地址": "di4 zhi3",
        "地方": "di4 fang1",
        "地区": "di4 qu1",
        "地点": "di4 dian3",
        "地铁": "di4 tie3",
        "本地": "ben3 di4",
        "当地": "dang1 di4",
        "外地": "wai4 di4",
        "地图": "di4 tu2",
        "假期": "jia4 qi1",
        "假日": "jia4 ri4",
        "休假": "xiu1 jia4",
        "放假": "fang4 jia4",
        "调整": "tiao2 zheng3",
        "调节": "tiao2 jie2",
        "便宜": "pian2 yi2",
        "会计": "kuai4 ji4",
        "音乐": "yin1 yue4",
        "了解": "liao3 jie3",
        "得到": "de2 dao4",
        "取得": "qu3 de2",
        "出差": "chu1 chai1",
        "增长": "zeng1 zhang3",
        "首都": "shou3 du1",
        "成都": "cheng2 du1",
        "兴趣": "xing4 qu4",
        "高兴": "gao1 xing4",
        "应答": "ying4 da2",
        "供应": "gong1 ying4",
    }
)
_WRONG = re.compile("|".join(sorted(_READINGS, key=len, reverse=True)))


def with_readings(text: str) -> str:
    """``text`` with pinyin in the place of words that would be misread."""
    return _WRONG.sub(lambda found: f" {_READINGS[found[0]]} ", text)
