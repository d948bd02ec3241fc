"""The page in a real browser: find by a dropped file, play, tag, label ten, learn, export, reload."""

import base64
import os

import numpy as np
import pandas as pd
import pytest
from browsing import chromium, served_by_command
from sounds import hiss, tone, write

from skaudio.library import SoundLibrary

pytestmark = pytest.mark.slow
_WAIT = 30_000  # ms


@pytest.fixture(scope="module")
def browser():
    program = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream"]
        options += ["--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture
def folder(tmp_path):
    for k in range(12):
        write(tmp_path / "s" / f"low_r{k}.wav", tone(150 + 10 * k, 1.0, seed=k))
        write(tmp_path / "s" / f"high_h{k}.wav", tone(3000 + 100 * k, 1.0, seed=20 + k))
        write(tmp_path / "s" / f"noise_n{k}.wav", hiss(1.0, seed=40 + k))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s", pattern="{label}_{group}")
    write(tmp_path / "query.wav", hiss(1.0, seed=99))
    return tmp_path


@pytest.fixture
def opened(browser, folder):
    """A page, on which nothing may go wrong, and which asks no other host for anything."""
    wrong, asked = [], []
    with served_by_command(folder / "a.library") as address:
        context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(_WAIT)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        yield page
        context.close()
        host = address.partition("?")[0]
        assert all(url.startswith((host, "data:", "blob:")) for url in asked)
        assert wrong == []


def _until(page, expression, argument=None):
    """Wait for something to be so; asked again and again, as the page's policy lets no text be run in it."""
    for _ in range(_WAIT // 50):
        if page.evaluate(expression, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never was so: {expression}")


def _count(page, n):
    _until(page, "n => document.getElementById('count').textContent.startsWith(`${n} sound`)", n)


def _name(page):
    page.wait_for_selector(".row.at:not(.wait)")
    return page.text_content(".row.at b")


def _drop(page, path):
    content = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(
        """([content, name]) => {
            const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name));
            return transfer;
        }""",
        [content, path.name],
    )
    page.dispatch_event("#list", "drop", {"dataTransfer": transfer})


def _is_heard(page):
    _until(page, "document.getElementById('player').classList.contains('playing')")
    _until(page, "parseFloat(document.getElementById('now-time').textContent) > 0.05")


def test_the_whole_way(opened, folder):
    page = opened
    _count(page, 36)
    # A sound is dropped: what sounds like it comes first.
    _drop(page, folder / "query.wav")
    _count(page, 36)
    page.wait_for_selector(".chip")
    _until(page, "document.querySelector('.row.at b').textContent.startsWith('noise')")
    # It is heard, and the next one with the arrow.
    first = _name(page)
    page.keyboard.press("Space")
    _is_heard(page)
    assert page.text_content("#now-name") == first
    page.keyboard.press("ArrowDown")
    _until(page, "name => document.getElementById('now-name').textContent !== name", first)
    _is_heard(page)
    page.keyboard.press("Space")
    _until(page, "!document.getElementById('player').classList.contains('playing')")
    # It is tagged, and found by the tag.
    page.keyboard.press("t")
    page.keyboard.type("windy")
    page.keyboard.press("Enter")
    page.click(".choice:has-text('windy')")
    _count(page, 1)
    page.click("#query .tool")
    page.click(".choice:has-text('windy')")
    _count(page, 36)
    # Ten are labelled, by keys: those that are suggested.
    page.keyboard.press("l")
    for name in ("low", "high", "noise"):
        page.fill("#new-class input", name)
        page.keyboard.press("Enter")
    page.wait_for_selector(".palette button:nth-child(3)")
    page.click("#next")
    _count(page, 10)
    for _ in range(10):
        kind = _name(page).partition("_")[0]
        n_before = page.evaluate(
            "[...document.querySelectorAll('.palette em')].reduce((n, e) => n + Number(e.textContent), 0)"
        )
        page.keyboard.press(str(1 + ("low", "high", "noise").index(kind)))
        _until(
            page,
            "n => [...document.querySelectorAll('.palette em')].reduce((m, e) => m + Number(e.textContent), 0) === n",
            n_before + 1,
        )
    library = SoundLibrary(folder / "a.library")
    assert len(library.labels) == 10
    said = library.sounds.dropna(subset="label")
    assert (said["label"] == said["weak_label"]).all()
    page.keyboard.press("z")
    page.wait_for_selector(".toast:has-text('Taken back')")
    assert len(library.labels) == 9
    # What has no label yet, and the tags that there are, are to be chosen from.
    page.click("#query button[aria-label='Back to all sounds']")
    page.click(".choice:has-text('without a label')")
    _count(page, 27)
    page.click(".choice:has-text('without a label')")
    _count(page, 36)
    assert page.evaluate("[...document.querySelectorAll('#tags option')].map((each) => each.value)") == ["windy"]
    # The rest follows.
    page.click("#learn")
    page.wait_for_selector("#result *")
    assert library.sounds["predicted"].notna().all()
    n_noise = int((library.sounds["predicted"] == "noise").sum())
    page.click(":has-text('Named by the classifier') ~ .choice:has-text('noise') >> nth=0")
    _count(page, n_noise)
    # What is found leaves the page.
    page.click("#export")
    with page.expect_download() as download:
        page.click(".items button:has-text('Table')")
    table = pd.read_csv(download.value.path())
    assert len(table) == n_noise
    # All of it is there after a reload.
    page.reload()
    page.wait_for_selector("html[data-ready]")
    _count(page, 36)
    assert page.locator(".choice:has-text('windy')").count() == 1
    assert page.locator(".choice:has-text('noise')").count() >= 2


def test_search_by_words_and_by_microphone(opened):
    page = opened
    page.keyboard.press("/")
    page.keyboard.type("high h3")
    _until(page, "document.querySelector('.row.at b')?.textContent === 'high_h3.wav'")
    page.fill("#words", "nothing of that")
    page.wait_for_selector("#empty:not([hidden])")
    assert "Nothing is found" in page.text_content("#empty")
    page.fill("#words", "")
    page.wait_for_selector("#empty", state="hidden")
    page.click("#record")
    page.wait_for_selector("#record.on")
    page.wait_for_timeout(800)
    page.click("#record")
    page.wait_for_selector(".chip:has-text('recording')")
    _count(page, 36)


def test_the_map_is_clicked(opened, folder):
    page = opened
    page.keyboard.press("m")
    page.wait_for_selector("#legend li")
    box = page.locator("#map canvas").bounding_box()
    page.wait_for_timeout(500)
    found = page.evaluate(
        "fetch('/api/map', {method: 'POST', headers: {'x-skaudio': 'page'}}).then((each) => each.json())"
    )
    k = 17
    half = box["width"] / 2
    x, y = (half + sign * found[axis][k] * half * 0.92 for axis, sign in (("x", 1), ("y", -1)))
    page.mouse.click(box["x"] + x, box["y"] + y)
    _until(page, "document.getElementById('now-name').textContent !== 'Nothing is playing'")
    places = np.hypot(np.array(found["x"]) - found["x"][k], np.array(found["y"]) - found["y"][k])
    near = [found["ids"][j] for j in np.flatnonzero(places * half < 12)]
    names = SoundLibrary(folder / "a.library").sounds.set_index("id")["path"].loc[near]
    assert page.text_content("#now-name") in set(map(os.path.basename, names))


def test_a_click_on_a_waveform_plays_from_there(opened):
    page = opened
    page.wait_for_selector(".row:not(.wait) canvas")
    box = page.locator(".row canvas").nth(2).bounding_box()
    page.wait_for_timeout(500)
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
    _until(page, "parseFloat(document.getElementById('now-time').textContent) >= 0.5")


def test_what_cannot_be_read_is_said(browser, folder):
    (folder / "bad.wav").write_bytes(b"nothing at all")
    with served_by_command(folder / "a.library") as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        _drop(page, folder / "bad.wav")
        page.wait_for_selector(".toast.bad")
        assert "nothing at all" in page.text_content(".toast.bad")
        page.close()


def test_names_are_shown_as_they_are(browser, tmp_path):
    name = "<img src=x onerror=document.title='evil'>.wav"
    write(tmp_path / "s" / name, tone(300, 1.0))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    library.tag(1, "<b>bold</b>")
    with served_by_command(tmp_path / "a.library") as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".row.at:not(.wait)")
        assert page.text_content(".row b") == name
        assert page.text_content(".marks").strip() == "<b>bold</b>"
        assert page.title() != "evil"
        page.close()


def test_ten_thousand_files_stay_fluid(browser, tmp_path):
    """What is in sight is there alone, from the first to the last of them."""
    for k in range(20):
        write(tmp_path / "s" / f"{k}.wav", tone(200 + 40 * k, 0.3))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    content = [(tmp_path / "s" / f"{k}.wav").read_bytes() for k in range(20)]
    for k in range(20, 10_000):
        (tmp_path / "s" / f"{k}.wav").write_bytes(content[k % 20])
    assert library.update().n_added == 9980  # without decoding: they are copies
    with served_by_command(tmp_path / "a.library") as address:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        _count(page, "10,000")
        for key in ("End", "Home", "End"):
            page.keyboard.press(key)
            _name(page)
            assert page.locator(".row").count() < 40
        assert _name(page) == "9999.wav"
        page.close()


@pytest.mark.parametrize("width", [1400, 760, 390])
def test_nothing_is_cut_off(browser, folder, width):
    with served_by_command(folder / "a.library") as address:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(address)
        page.wait_for_selector(".row.at:not(.wait)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for selector in ("#player", "#listhead", "header.top", ".row.at"):
            box = page.locator(selector).bounding_box()
            assert box["x"] >= 0, selector
            assert box["x"] + box["width"] <= width + 1, selector
            assert box["y"] + box["height"] <= 801, selector
        page.close()
