"""PDFs a screen reader can read: headings, paragraphs, lists and tables in a structure tree, in reading order.

ReportLab draws pages and knows nothing of their structure, so each flowable here wraps what it draws in a marked sequence and
the canvas writes the tree when it is saved. What carries no meaning (lines, backgrounds, page numbers) is an artifact.
This module imports ReportLab, which is slow to load: import it inside a function.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, ClassVar, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Paragraph, Table

LANGUAGE = "en-GB"
REGULAR, BOLD = "Vera", "VeraBd"
INK, FAINT, RULE, WRITE = "#0b0c0c", "#484949", "#b1b4b6", "#6f777b"

for _fact in ("StructParents", "Tabs"):  # ReportLab's pages write only the entries they know
    if _fact not in pdfdoc.PDFPage.__NoDefault__:
        pdfdoc.PDFPage.__NoDefault__.append(_fact)


# -- the tree ---------------------------------------------------------------------------------------------------------

Mark: TypeAlias = tuple[int, int]  # page, and the number of the marked sequence on it


class Element:
    """A node of the structure tree: a heading (H1 …), paragraph (P), list (L, LI, LBody) or table (Table, TR, TH, TD)."""

    def __init__(self, tag: str, parent: Element | None, **attributes: Any) -> None:
        self.tag, self.attributes = tag, attributes
        self.kids: list[Element | Mark] = []
        if parent is not None:
            parent.kids.append(self)


class TaggedCanvas(Canvas):  # type: ignore[misc]  # reportlab ships no types
    """A canvas that keeps which element each marked sequence belongs to, and writes the tree on saving."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._code: list[str]
        self.root = Element("Document", None)
        self.page_marks: list[Element] = []
        self.pages_marks: list[list[Element]] = []
        self.inside = 0  # deep in something already marked
        self._doc.Catalog.MarkInfo = PDFDictionary({"Marked": pdfdoc.PDFtrue})

    def begin(self, element: Element) -> None:
        """What is drawn from here to `end` is the element's."""
        number = len(self.page_marks)
        self.page_marks.append(element)
        element.kids.append((len(self.pages_marks), number))
        self._code.append(f"/{element.tag} <</MCID {number}>> BDC")
        self.inside += 1

    def begin_artifact(self) -> None:
        """What is drawn from here to `end` means nothing to a reader."""
        self._code.append("/Artifact BMC")
        self.inside += 1

    def end(self) -> None:
        """Close what was begun last."""
        self._code.append("EMC")
        self.inside -= 1

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """The same, as a block."""
        self.begin_artifact()
        yield
        self.end()

    def showPage(self) -> None:
        """End the page: it remembers its place in the tree and that a reader goes through it in the tree's order."""
        before = len(self._doc.Pages.pages)
        super().showPage()
        for page in self._doc.Pages.pages[before:]:
            page.StructParents, page.Tabs = len(self.pages_marks), PDFName("S")
        self.pages_marks.append(self.page_marks)
        self.page_marks = []

    def save(self) -> None:
        """Write the tree, then the file."""
        if self._code:
            self.showPage()
        document = self._doc
        pages = [document.Reference(page) for page in document.Pages.pages]
        top = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        reference, written = document.Reference(top), {}

        def write(element: Element, parent: Any) -> Any:
            node = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.tag), "P": parent})
            for name, value in element.attributes.items():
                node[name] = value
            own = document.Reference(node)
            written[id(element)] = own
            node["K"] = PDFArray([write(kid, own) if isinstance(kid, Element) else marked(kid) for kid in element.kids])
            return own

        def marked(kid: Mark) -> Any:
            page, number = kid
            return PDFDictionary({"Type": PDFName("MCR"), "Pg": pages[page], "MCID": number})

        top["K"] = write(self.root, reference)
        numbers: list[Any] = []
        for page, marks in enumerate(self.pages_marks):
            numbers += [page, document.Reference(PDFArray([written[id(mark)] for mark in marks]))]
        top["ParentTree"] = document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        top["ParentTreeNextKey"] = len(self.pages_marks)
        document.Catalog.StructTreeRoot = reference
        self._code = []
        super().save()


# -- what stands on a page --------------------------------------------------------------------------------------------


class Words(Paragraph):  # type: ignore[misc]
    """A paragraph or heading. One that runs over a page stays one element."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.tags: Sequence[str] = ("P",)
        self.shared: dict[str, Any] = {}
        self.box = 0.0  # points: an empty box to tick, drawn before it

    def tagged(self, *tags: str, **shared: Any) -> Words:
        """With this path of elements around it: ('H1',), or ('L', 'LI', 'LBody') with what it shares with its list."""
        self.tags, self.shared = tags, shared or self.shared
        return self

    def split(self, width: float, height: float) -> list[Any]:
        parts = super().split(width, height)
        for n, part in enumerate(parts):
            part.tags, part.shared, part.box = self.tags, self.shared, 0 if n else self.box
        return list(parts)

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:
        if canvas.inside:
            super().drawOn(canvas, x, y, _sW)
            return
        canvas.begin(self._element(canvas))
        super().drawOn(canvas, x, y, _sW)
        canvas.end()
        if self.box:
            with canvas.artifact():
                canvas.setStrokeColor(INK)
                canvas.setLineWidth(1)
                canvas.rect(x, y + self.height - self.box * 1.15, self.box, self.box)

    def _element(self, canvas: TaggedCanvas) -> Element:
        element: Element | None = self.shared.get("element")
        if element is None:
            parent, tags = canvas.root, list(self.tags)
            if (held := self.shared.get("list")) is not None:  # the list's own element is made once, by its first item
                parent, tags = held.setdefault("element", None) or Element(tags[0], canvas.root), tags[1:]
                held["element"] = parent
            for tag in tags:
                parent = Element(tag, parent)
            element = self.shared["element"] = parent
        return element


class WriteOn(Flowable):  # type: ignore[misc]
    """Lines to write on, which mean nothing to a reader. They part at a page's end."""

    def __init__(self, lines: int, gap: float) -> None:
        super().__init__()
        self.lines, self.gap = lines, gap

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width, self.height = width, self.lines * self.gap + 6
        return self.width, self.height

    def split(self, _width: float, height: float) -> list[Any]:
        fit = int((height - 6) // self.gap)
        if fit < 2 or self.lines - fit < 2:
            return []
        return [WriteOn(fit, self.gap), WriteOn(self.lines - fit, self.gap)]

    def draw(self) -> None:
        with self.canv.artifact():
            self.canv.setStrokeColor(WRITE)
            self.canv.setLineWidth(0.7)
            for n in range(1, self.lines + 1):
                self.canv.line(0, self.height - n * self.gap, self.width, self.height - n * self.gap)


class TableTags:
    """Marks a table's rows and cells as it is drawn; a table over several pages is one element, its head said once."""

    def __init__(self) -> None:
        self.table: Element | None = None
        self.row: Element | None = None
        self.parts = 0

    def __call__(self, table: Any, happens: str, *about: Any) -> None:
        canvas: TaggedCanvas = table.canv
        if happens == "startTable":
            self.table = self.table or Element("Table", canvas.root)
            self.parts += 1
        elif happens in ("startBG", "startLines"):
            canvas.begin_artifact()
        elif happens == "startRow":
            again = about[0] < table.repeatRows and self.parts > 1
            self.row = None if again else Element("TR", self.table)
        elif happens == "startCell":
            self._cell(canvas, head=about[0] < table.repeatRows)
        elif happens in ("endBG", "endLines", "endCell"):
            canvas.end()

    def _cell(self, canvas: TaggedCanvas, *, head: bool) -> None:
        if self.row is None:
            canvas.begin_artifact()
        elif head:
            scope = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})
            canvas.begin(Element("TH", self.row, A=scope))
        else:
            canvas.begin(Element("TD", self.row))


# -- a document -------------------------------------------------------------------------------------------------------


class Paper:
    """A document as it is written, top to bottom: `heading`, `text`, `items`, `table`; then `bytes`."""

    STYLES: ClassVar[dict[str, dict[str, Any]]] = {
        "H1": {"fontName": BOLD, "fontSize": 17, "leading": 22, "spaceAfter": 8},
        "H2": {"fontName": BOLD, "fontSize": 12, "leading": 16, "spaceBefore": 10, "spaceAfter": 4, "keepWithNext": 1},
        "H3": {"fontName": BOLD, "fontSize": 10, "leading": 14, "spaceBefore": 8, "spaceAfter": 3, "keepWithNext": 1},
        "P": {"spaceAfter": 6},
        "quiet": {"textColor": FAINT, "spaceAfter": 6},
        "LI": {"leftIndent": 18, "bulletIndent": 0, "spaceAfter": 3},
        "TH": {"fontName": BOLD, "fontSize": 9, "leading": 12},
        "TD": {"fontSize": 9, "leading": 12},
        "TH-number": {"fontName": BOLD, "fontSize": 9, "leading": 12, "alignment": TA_RIGHT},
        "TD-number": {"fontSize": 9, "leading": 12, "alignment": TA_RIGHT},
    }

    def __init__(self, title: str, *, author: str, subject: str, foot: str, size: float = 10, language: str = LANGUAGE) -> None:
        fonts()
        self.title, self.author, self.subject, self.foot = title, author, subject, foot
        self.size, self.language = size, language
        self.story: list[Any] = []
        base = {"fontName": REGULAR, "fontSize": 10, "leading": 14, "textColor": INK, "bulletFontName": REGULAR}
        self.styles = {name: ParagraphStyle(name, **self._sized(base | said)) for name, said in self.STYLES.items()}

    def _sized(self, said: dict[str, Any]) -> dict[str, Any]:
        """The style as large as the paper's words are: as it stands at 10 points; in large print nothing is below its size."""
        large = self.size >= 16
        points = said["fontSize"]
        grown = self.size + points - 10 if points >= 10 or large else points * self.size / 10
        grown = max(grown, self.size) if large else grown
        room = {"leftIndent": self.size * 1.8, "bulletFontSize": grown} if "leftIndent" in said else {}
        return said | room | {"fontSize": grown, "leading": grown * said["leading"] / points}

    def heading(self, words: str, level: int = 1) -> None:
        """A heading; the first is level 1 and no level is skipped."""
        self.story.append(self._words(words, f"H{level}").tagged(f"H{level}"))

    def text(self, words: str, *, quiet: bool = False) -> None:
        """Paragraphs, parted where a line is empty."""
        for block in words.replace("\r\n", "\n").split("\n\n"):
            if block.strip():
                self.story.append(self._words(block.strip(), "quiet" if quiet else "P"))

    def items(self, said: Sequence[str], *, numbered: bool = False) -> None:
        """A list."""
        held: dict[str, Any] = {}
        for number, words in enumerate(said, 1):
            bullet = f"{number}." if numbered else "•"
            self.story.append(self._words(words, "LI", bullet).tagged("L", "LI", "LBody", list=held))

    def ticks(self, said: Sequence[str]) -> None:
        """A list of things to tick, a box before each."""
        held: dict[str, Any] = {}
        for words in said:
            item = self._words(words, "LI").tagged("L", "LI", "LBody", list=held)
            item.box = self.size * 0.95
            self.story.append(item)

    def lines(self, count: int) -> None:
        """Lines to write on by hand."""
        self.story.append(WriteOn(count, max(24.0, self.size * 1.9)))

    def together(self, millimetres: float) -> None:
        """Start a new page unless so much of this one is left: a question stays with the beginning of its answer."""
        self.story.append(CondPageBreak(millimetres * mm))

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """A table to fill in by hand: like `table`, with a box around every cell and room to write in it."""
        self.table(columns, rows, widths)
        drawn = self.story[-1]
        drawn.setStyle([("GRID", (0, 0), (-1, -1), 0.7, WRITE), ("LEFTPADDING", (0, 0), (-1, -1), 5)])
        for n, row in enumerate(rows, 1):
            if not all(row):
                room = self.size * (1.0 if any(row) else 2.0)
                drawn.setStyle([("TOPPADDING", (0, n), (-1, n), 5), ("BOTTOMPADDING", (0, n), (-1, n), room)])

    def table(self, columns: Sequence[str | tuple[str, str]], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """A table with its head; `widths` are millimetres; a column given as (name, 'number') is set to the right."""
        named = [(one, "") if isinstance(one, str) else one for one in columns]

        def cells(values: Sequence[str], kind: str) -> list[Words]:
            return [
                self._words(v, f"{kind}-number" if numeric else kind) for v, (_n, numeric) in zip(values, named, strict=True)
            ]

        self.story.append(
            Table(
                [cells([name for name, _kind in named], "TH"), *(cells(row, "TD") for row in rows)],
                colWidths=[width * mm for width in widths],
                repeatRows=1,
                hAlign="LEFT",
                spaceAfter=8,
                renderCB=TableTags(),
                style=[
                    ("FONTNAME", (0, 0), (-1, -1), REGULAR),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
                    ("LINEBELOW", (0, 1), (-1, -1), 0.5, RULE),
                    ("LEFTPADDING", (0, 0), (0, -1), 0),
                    ("TOPPADDING", (0, 0), (-1, -1), 3),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ],
            )
        )

    def bytes(self) -> bytes:
        """The file. The same words give the same bytes."""
        into = BytesIO()
        document = BaseDocTemplate(
            into,
            pagesize=A4,
            leftMargin=22 * mm,
            rightMargin=22 * mm,
            topMargin=20 * mm,
            bottomMargin=22 * mm,
            title=self.title,
            author=self.author,
            subject=self.subject,
            lang=self.language,
            displayDocTitle=True,
            initialFontName=REGULAR,
            initialFontSize=10,
            invariant=1,
        )
        frame = Frame(document.leftMargin, document.bottomMargin, document.width, document.height, 0, 0, 0, 0)
        document.addPageTemplates([PageTemplate(frames=[frame], onPage=self._foot)])
        document.build(self.story, canvasmaker=TaggedCanvas)
        return into.getvalue()

    def _foot(self, canvas: TaggedCanvas, document: Any) -> None:
        with canvas.artifact():
            points = 8 if self.size < 16 else self.size
            canvas.setFont(REGULAR, points)
            canvas.setFillColor(FAINT)
            foot, wide = readable(self.foot), document.width - 4 * points
            while foot and pdfmetrics.stringWidth(foot, REGULAR, points) > wide:
                foot = foot[:-2].rstrip(" …") + "…"
            canvas.drawString(document.leftMargin, 12 * mm, foot)
            canvas.drawRightString(A4[0] - document.rightMargin, 12 * mm, str(document.page))

    def _words(self, words: str, style: str, bullet: str | None = None) -> Words:
        return Words(escape(readable(words)).replace("\n", "<br/>"), self.styles[style], bulletText=bullet)


def fonts() -> None:
    """Make ReportLab's own Vera known, which is embedded in every file."""
    for name in (REGULAR, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def readable(words: str) -> str:
    """The words with every letter the font lacks written as the nearest it has, never as an empty box."""
    has = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return "".join(letter if ord(letter) in has or letter == "\n" else _nearest(letter, has.__contains__) for letter in words)


def _nearest(letter: str, has: Callable[[int], bool]) -> str:
    for plain in unicodedata.normalize("NFKD", letter):
        if has(ord(plain)):
            return plain
    return "" if unicodedata.category(letter) in ("Mn", "Cf", "Cc") else "?"


__all__ = ["Element", "Paper", "TableTags", "TaggedCanvas", "Words", "fonts", "readable"]
