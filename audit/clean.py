"""Paths of pages in one spelling (docs/store.md, rule 1b), and parameters of their queries."""
import re
import unicodedata

ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
STAYS = frozenset("/?#%\\")  # as a letter each would mean something else in a path


def clean(text, words):
    """`words`: path, lowercase, or both."""
    if "path" in words:
        text = clean_path(text)
    return text.lower() if "lowercase" in words else text


def clean_path(text):
    match = ORIGIN.match(text)
    origin = match.group() if match else ""
    path, _query, route = parts_of(text[len(origin):])
    cleaned = origin.lower() + tidy(path)
    if route is not None:
        mark = "#!" if route.startswith("#!") else "#"
        cleaned += mark + tidy(re.split("[?#]", route[len(mark):], maxsplit=1)[0])
    return cleaned


def parameter(text, name):
    """The first of this name, of the query or else of the route's query; None where it is absent or empty."""
    _path, query, route = parts_of(text)
    queries = [query, None if route is None else parts_of(route[1:])[1]]
    for each in queries:
        for pair in each.split("&") if each is not None else []:
            key, _, value = pair.partition("=")
            if letters(key) == name:
                return unicodedata.normalize("NFC", letters(value)) or None
    return None


def parts_of(text):
    """Path, query (None = none) and route: the fragment with its #, where it is the address of a page."""
    before, _, after = text.partition("#")
    route = "#" + after if after.startswith(("/", "!/")) else None
    path, mark, query = before.partition("?")
    return path, query if mark else None, route


def tidy(path):
    return unicodedata.normalize("NFC", unescaped(path.rstrip("/"), STAYS)) or "/"


def letters(text):
    return unescaped(text.replace("+", " "), frozenset())


def unescaped(text, stays):
    """Escapes as the letters they are in UTF-8, but for control characters and those that stay; what is no letter is left as it was sent."""
    def run(match):
        escapes, out, at = match.group(), "", 0
        data = bytes.fromhex(escapes.replace("%", ""))
        while at < len(data):
            letter, size = first_letter(data[at:at + 4])
            as_sent = escapes[at * 3:(at + size) * 3]
            if letter is None:
                out += as_sent
            elif letter in stays or ord(letter) < 32 or ord(letter) == 127:
                out += as_sent.upper()
            else:
                out += letter
            at += size
        return out
    return ESCAPES.sub(run, text)


def first_letter(data):
    for size in range(1, len(data) + 1):
        try:
            return data[:size].decode("utf-8"), size
        except UnicodeDecodeError:
            pass
    return None, 1
