"""Reports: everything that was counted, in one JSON, CSV or HTML file.

contents(query)      asks the questions; a `Report` is the answers
write(report, path)  writes it by its suffix; nothing is ever half-written
check(path)          tells before the long work whether `write` could
"""

from hitstream.report.contents import Report, contents
from hitstream.report.write import check, write

__all__ = ["Report", "check", "contents", "write"]
