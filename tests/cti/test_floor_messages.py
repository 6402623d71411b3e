"""What a floor takes and says: which core a message is for, and which one said it."""

from typing import get_args

import pytest

from cti.messages import Event, Input, Order, Output, is_dialer_order, is_for_dialer, is_input, is_order
from dialer.messages import DialerInput
from dialer.orders import DialerOrder


@pytest.mark.parametrize("kind", get_args(Input), ids=lambda cls: cls.__name__)
def test_every_input_is_for_one_core(kind: type) -> None:
    message = object.__new__(kind)
    assert is_input(message)
    assert is_for_dialer(message) is (kind in get_args(DialerInput))


@pytest.mark.parametrize("kind", get_args(Output), ids=lambda cls: cls.__name__)
def test_every_output_is_a_fact_or_an_order(kind: type) -> None:
    message = object.__new__(kind)
    assert not is_input(message)
    assert is_order(message) is (kind in get_args(Order)) is (kind not in get_args(Event))
    assert is_order(message) is False or is_dialer_order(message) is (kind in get_args(DialerOrder))
