"""Currencies by their ISO 4217 codes: what they and their hundredths are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency's English and Chinese names."""

    one: str
    many: str
    chinese: str
    minor_one: str = ""
    minor_many: str = ""

    @property
    def places(self) -> int:
        """Decimal places of an amount."""
        return 2 if self.minor_one else 0


NAMES: Mapping[str, Currency] = MappingProxyType(
    {
        "EUR": Currency("euro", "euros", "欧元", "cent", "cents"),
        "USD": Currency("dollar", "dollars", "美元", "cent", "cents"),
        "GBP": Currency("pound", "pounds", "英镑", "penny", "pence"),
        "CNY": Currency("yuan", "yuan", "元", "fen", "fen"),
        "HKD": Currency("Hong Kong dollar", "Hong Kong dollars", "港元", "cent", "cents"),
        "TWD": Currency("New Taiwan dollar", "New Taiwan dollars", "新台币", "cent", "cents"),
        "SGD": Currency("Singapore dollar", "Singapore dollars", "新加坡元", "cent", "cents"),
        "AUD": Currency("Australian dollar", "Australian dollars", "澳元", "cent", "cents"),
        "CAD": Currency("Canadian dollar", "Canadian dollars", "加元", "cent", "cents"),
        "NZD": Currency("New Zealand dollar", "New Zealand dollars", "新西兰元", "cent", "cents"),
        "CHF": Currency("Swiss franc", "Swiss francs", "瑞士法郎", "centime", "centimes"),
        "SEK": Currency("Swedish krona", "Swedish kronor", "瑞典克朗", "öre", "öre"),
        "NOK": Currency("Norwegian krone", "Norwegian kroner", "挪威克朗", "øre", "øre"),
        "DKK": Currency("Danish krone", "Danish kroner", "丹麦克朗", "øre", "øre"),
        "PLN": Currency("zloty", "zlotys", "兹罗提", "grosz", "groszy"),
        "CZK": Currency("Czech koruna", "Czech korunas", "捷克克朗", "haler", "halers"),
        "INR": Currency("rupee", "rupees", "卢比", "paisa", "paise"),
        "JPY": Currency("yen", "yen", "日元"),
        "KRW": Currency("won", "won", "韩元"),
    }
)

MINOR_PLACES: Mapping[str, int] = MappingProxyType({code: name.places for code, name in NAMES.items()})
"""Decimal places of an amount in each currency; two in any other."""
