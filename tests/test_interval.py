"""How far an accuracy on few clips can be trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skaudio.model_selection import accuracy_interval


@pytest.mark.parametrize(
    "n_right, n, low, high",  # Wilson's interval by the formula in his paper, worked by hand for z = 1.96
    [(8, 9, 0.565, 0.980), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596)],
)
def test_without_groups_it_is_wilson_s(n_right, n, low, high):
    found = accuracy_interval(np.arange(n) < n_right)
    assert found == pytest.approx((low, high), abs=1e-3)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.5, 0.99))
def test_it_holds_the_accuracy_and_lies_within_0_and_1(right, level):
    low, high = accuracy_interval(right, level=level)
    assert 0 <= low <= np.mean(right) + 1e-12
    assert np.mean(right) - 1e-12 <= high <= 1
    wider = accuracy_interval(right, level=(1 + level) / 2)
    assert wider[0] <= low
    assert wider[1] >= high


def test_clips_that_go_together_count_as_one():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(10), 100)
    right = (rng.uniform(size=10) < 0.6)[groups]
    by_clip = accuracy_interval(right)
    by_group = accuracy_interval(right, groups)
    assert by_group[1] - by_group[0] > 5 * (by_clip[1] - by_clip[0])
    assert accuracy_interval(right, groups) == by_group
    alone = accuracy_interval(right, np.arange(1000))
    assert alone == pytest.approx(by_clip, abs=0.01)
    assert accuracy_interval(right, groups.astype(str)) == by_group


def test_nineteen_of_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(1)
    held = [low <= 0.8 <= high for low, high in (accuracy_interval(rng.uniform(size=60) < 0.8) for _ in range(1000))]
    assert 0.92 < np.mean(held) < 0.98


@pytest.mark.parametrize("right", [True, False])
def test_groups_that_agree_are_no_certainty(right):
    # Draws of groups that are all wrong are all wrong.
    low, high = accuracy_interval([right] * 40, np.arange(40) // 2)
    assert (low, high) == accuracy_interval([right] * 20)
    assert high - low > 0.1


def test_one_group_tells_nothing():
    assert accuracy_interval([True, True, False], ["a", "a", "a"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "arguments, says",
    [(([],), r"shape \(0,\)"), (([1, 0], [1]), "groups has shape"), (([[1, 0]],), "one value a clip")],
)
def test_what_is_no_list_of_clips_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        accuracy_interval(*arguments)
    with pytest.raises(ValueError, match="level=1"):
        accuracy_interval([True], level=1)
