"""Every command block of the README and the documentation does what the page says, or says why it is not tried."""

import re

import pytest
from documented import CHECKOUT, COMMANDS, LEFT_TO, NOTES, OTHERS, PAGES, Place, blocks

ALL = [block for page in PAGES for block in blocks(page)]
RUN = [page for page in PAGES if any(block.is_run for block in blocks(page))]


def name(page):
    return str(page.relative_to(CHECKOUT))


def test_every_block_says_what_it_is():
    assert not [str(block) for block in ALL if block.language not in (*COMMANDS, *OTHERS)]


def test_every_comment_before_a_block_is_understood():
    assert not [f"{block}: {note}" for block in ALL for note, _ in block.notes if note not in NOTES]


def test_pages_of_real_servers_name_the_tests_that_start_them():
    assert not [tests for tests in LEFT_TO.values() if "servers" not in "".join(markers(CHECKOUT / tests))]


def markers(folder):
    return [file.read_text() for file in folder.rglob("test_*.py") if "mark.servers" in file.read_text()]


def test_what_is_not_run_has_a_reason():
    assert not [str(block) for block in ALL for note, text in block.notes if note == "not run" and len(text) < 12]


def test_the_documentation_speaks_of_no_command_that_there_is_not():
    """In all blocks, those too that are not run."""
    import typer

    from hitstream.cli import app

    group = typer.main.get_command(app)
    wrong = []
    for block in ALL:
        for words in re.findall(r"(?:^|[|&;(] ?|\$ |bin/)hitstream ((?:[a-z-]+ ?){1,2})", block.text, re.MULTILINE):
            first, *more = words.split()
            command = group.commands.get(first)
            if command is None or (more and hasattr(command, "commands") and more[0] not in command.commands):
                wrong.append(f"{block}: hitstream {words}")
    assert not wrong


def test_what_troubleshooting_explains_is_what_errors_say():
    """The text in each first column, without what the ellipses stand for."""
    told = re.findall(r"^\| (`.*?`) \|", (CHECKOUT / "docs" / "troubleshooting.md").read_text(), re.MULTILINE)
    source = " ".join(re.sub(r'"\s+f?"', "", file.read_text()) for file in (CHECKOUT / "src").rglob("*.py"))
    pieces = [piece.strip(" `") for text in told for piece in text.split("…")]
    assert len(pieces) > 20
    assert not [piece for piece in pieces if piece not in source]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_commands_of_a_page_run_as_they_stand(page, tmp_path):
    place = Place(tmp_path)
    try:
        for block in blocks(page):
            if block.is_run:
                place.run(block)
    finally:
        place.leave()
