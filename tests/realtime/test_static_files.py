"""Static files are compressed once, and again when they have changed."""

from pathlib import Path

from realtime.static_files import CompressedOnce


def test_what_is_compressed_is_left_alone_until_it_changes(tmp_path: Path):
    files = CompressedOnce(location=tmp_path, base_url="/static/")
    paths = {"large.css": (files, "large.css"), "tiny.css": (files, "tiny.css")}
    (tmp_path / "large.css").write_text("a { color: red } " * 100)
    (tmp_path / "tiny.css").write_text("a")
    compressed = ("large.css", "large.css.gz", True)
    assert list(files.post_process(paths)) == [compressed]
    assert list(files.post_process(paths)) == []
    before = (tmp_path / "large.css.gz").read_bytes()
    (tmp_path / "large.css").write_text("a { color: blue } " * 100)
    assert list(files.post_process(paths)) == [compressed]
    assert (tmp_path / "large.css.gz").read_bytes() != before
