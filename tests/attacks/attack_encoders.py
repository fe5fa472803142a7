"""Ways to write a text so that a reader has to decode it, or so that it looks the same and is not."""

from __future__ import annotations

import base64
import codecs
import random
import re
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import quote

from interviewer.judge.sentences import split_sentences

_CYRILLIC = str.maketrans("aceopxyisjABCEHKMOPTX", "асеорхуіѕјАВСЕНКМОРТХ")
_GREEK = str.maketrans("aioptuvxABEHIKMNOPTXYZ", "αιορτυνχΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_SMALL_CAPS = str.maketrans("abcdefghijklmnopqrstuvwz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡᴢ")
# International Morse code, a to z (ITU-R M.1677-1).
_CODES = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
_MORSE = dict(zip(ascii_lowercase, _CODES.split(), strict=True))


_LETTERS = ascii_uppercase + ascii_lowercase


def _letters_from(text: str, start: int) -> str:
    """ASCII letters replaced by those of a block of Unicode that has A-Z and a-z from `start` on."""
    return "".join(chr(start + _LETTERS.index(c)) if c in _LETTERS else c for c in text)


def _tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text if 0x20 <= ord(c) < 0x7F)


def _sentences(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


def _shuffled(text: str) -> str:
    words = text.split()
    random.Random(len(words)).shuffle(words)
    return " ".join(words)


def _lines(text: str) -> str:
    words = text.split()
    return "\n".join(" ".join(words[i : i + 3]) for i in range(0, len(words), 3))


def _morse(text: str) -> str:
    return " / ".join(" ".join(_MORSE[c] for c in word if c in _MORSE) for word in text.lower().split())


ENCODERS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "bold": lambda text: _letters_from(text, 0x1D400),
    "circled": lambda text: _letters_from(text, 0x24B6),
    "cyrillic": lambda text: text.translate(_CYRILLIC),
    "dotted": lambda text: " ".join(".".join(word) for word in text.split()),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "full_width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "greek": lambda text: text.translate(_GREEK),
    "hex": lambda text: text.encode().hex(),
    "hex_spaced": lambda text: text.encode().hex(" "),
    "hyphened": lambda text: " ".join("-".join(word) for word in text.split()),
    "leet": lambda text: text.translate(_LEET),
    "marked_tags": lambda text: re.sub("⟦(.*?)⟧", lambda match: _tags(match[1]), text),
    "mixed_case": lambda text: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text)),
    "morse": _morse,
    "no_break_spaces": lambda text: text.replace(" ", "\u00a0"),
    "one_line": lambda text: " ".join(text.split()),
    "reversed": lambda text: text[::-1],
    "reversed_words": lambda text: " ".join(reversed(text.split())),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "sentences_backwards": lambda text: " ".join(reversed(_sentences(text))),
    "sentences_to_bullets": lambda text: "\n".join(f"- {sentence}" for sentence in _sentences(text)),
    "shuffled_words": _shuffled,
    "small_caps": lambda text: text.lower().translate(_SMALL_CAPS),
    "soft_hyphen": lambda text: re.sub(r"(?<=\w)(?=\w)", "\u00ad", text),
    "spaced": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "struck": lambda text: "".join(f"{c}\u0336" if c.isalpha() else c for c in text),
    "tags": _tags,
    "tags_after_emoji": lambda text: f"\N{GRINNING FACE}{_tags(text)}",
    "upper_case": str.upper,
    "url": quote,
    "url_all": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "words_to_lines": _lines,
    "zero_width": lambda text: re.sub(r"(?<=\w)(?=\w)", "\u200b", text),
    "zero_width_bits": lambda text: "".join(
        "\u200b" if bit == "0" else "\u200c" for byte in text.encode() for bit in f"{byte:08b}"
    ),
    "zero_width_words": lambda text: text.replace(" ", " \u200b"),
}
