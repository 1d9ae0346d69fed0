"""A thousand stanzas of real songs and poems, all long in the public domain, for `check_real.py`.

Run `python real_texts.py MINSTREL SONNETS` in this folder; it writes `real_texts.json`. MINSTREL is `22089-8.txt` of
*The Liberty Minstrel* (George W. Clark, 1844; Project Gutenberg 22089, github.com/GITenberg), SONNETS a checkout of
github.com/bncolorado/CorpusSonetosSigloDeOro, of which the verses of Garcilaso de la Vega, Luis de Góngora and Juana Inés
de la Cruz are taken (16th and 17th century), without the annotations.

Lines, indents and accents stay as they are printed; emoji come at the end of every tenth one, as people send lyrics, and every
tenth other one has the spaces that copying from web pages and files leaves.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).parent
POETS = ["GarcilasoDeLaVega", "Gongora", "JuanaInesDeLaCruz"]
EMOJI = ["😀", "❤️", "😭😭😭", "🎶 🎵", "👩‍👩‍👧", "🔥💯", "🇪🇸", "👋🏽", "☀️🌧️", "♪♫"]

# No-break, narrow, em and ideographic spaces, tabs, two at once, zero-width ones; and lines that end as in other systems.
SPACES = ["\u00a0", "\u202f", "\u2003", "\u3000", "\t", "  ", "\u200b ", " \ufeff", "\u2009", "\u00ad "]
LINE_ENDS = ["\r\n", "\r", "\u2028", "\n\n", "\x0b", "\x0c", "\x85", "\n\t", "\u2029", " \n "]


def songs(path):
    """The stanzas of the songbook: blocks of two lines and more, without its notes and headings."""
    body = path.read_text("latin-1").replace("\r\n", "\n")
    body = body.split("[Music]", 1)[1].split("*** END OF", 1)[0]
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", body)]
    prose = re.compile(r"\[|\*|^.*\b(Gutenberg|Air|Music|Words|Arranged)\b", re.IGNORECASE | re.MULTILINE)
    verses = lambda block: all(len(line) < 72 for line in block.split("\n"))
    return [block for block in blocks if block.count("\n") >= 2 and verses(block) and not prose.search(block)]


def sonnets(folder):
    """The stanzas of the sonnets."""
    space = {"tei": "http://www.tei-c.org/ns/1.0"}
    for poet in POETS:
        for path in sorted((folder / poet).glob("*.xml")):
            for stanza in ElementTree.parse(path).iterfind(".//tei:lg[tei:l]", space):
                yield "\n".join("".join(line.itertext()).strip() for line in stanza.iterfind("tei:l", space))


def respaced(text, at):
    """The text with every third space, and every second end of a line, another one."""
    for usual, others, step in [(" ", SPACES, 3), ("\n", LINE_ENDS, 2)]:
        parts = text.split(usual)
        joints = [others[at % len(others)] if number % step == 0 else usual for number in range(len(parts) - 1)]
        text = parts[0] + "".join(joint + part for joint, part in zip(joints, parts[1:]))
    return text


def main():
    minstrel, spanish = (pathlib.Path(argument) for argument in sys.argv[1:])
    texts = songs(minstrel)[:600]
    texts += list(dict.fromkeys(sonnets(spanish)))[: 1000 - len(texts)]
    assert len(texts) == 1000, len(texts)
    for at in range(0, 1000, 10):
        texts[at] += " " + EMOJI[at // 10 % len(EMOJI)]
        texts[at + 5] = respaced(texts[at + 5], at // 10)
    (HERE / "real_texts.json").write_text(json.dumps(texts, ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    main()
