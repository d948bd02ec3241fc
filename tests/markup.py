"""HTML as a browser takes it: what it holds, and whether its elements are nested."""

from html.parser import HTMLParser

_ALONE = {"meta", "br", "img"}  # elements without an end


class Page(HTMLParser):
    """Checks that elements are nested, and keeps what they hold."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.addresses, self.elements = [], [], [], []
        self.feed(text)
        assert not self.open, f"not ended: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
