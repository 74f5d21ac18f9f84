r"""Structured logs: lines of keys and values, as JSON, logfmt and LTSV are. A table says which keys fill which column.

A format is written `SYNTAX column=key|key column=key …`. The syntax, a row of `syntaxes.SYNTAXES`, says how a line is
cut into keys and values. `columns.COLUMNS` has the columns that may be named.

* `a.b` is the key `b` in the object at `a`, and the key `a.b` itself. Of a list its first element counts, of equal keys
  the last. `^` is what stands before the first key.
* Of the keys of a column the first counts whose value can be read; `x|y` is `y` where there is no `x`. `""`, `-`,
  `null`, `true` and `false` are no values.
* A line without a readable time, host, request (or target) or status is bad, for the first of these reasons. Any other
  value that cannot be read is left out.

`reference` does that slowly and obviously, `parser` quickly; both give the same for any bytes.
"""
