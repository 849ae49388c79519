"""Where keys stand in a TOML text."""

from config.positions import lines_of

TEXT = '''# name = "no"
[studio]
name = "Студия"
"url" = "x"

[[imap]]
host = "a"
[[imap]]  # the second
host = "b"
note = """
[smtp]
listen = "not a key"
"""
[smtp]
listen = "y"
tls.key = 1
'''


def test_sections_keys_and_table_arrays_have_lines() -> None:
    assert lines_of(TEXT) == {
        ("studio",): 2,
        ("studio", "name"): 3,
        ("studio", "url"): 4,
        ("imap", "0"): 6,
        ("imap", "0", "host"): 7,
        ("imap", "1"): 8,
        ("imap", "1", "host"): 9,
        ("imap", "1", "note"): 10,
        ("smtp",): 14,
        ("smtp", "listen"): 15,
        ("smtp", "tls", "key"): 16,
    }
