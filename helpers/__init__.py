"""The course's helpers: what would distract from a lesson, and nothing else.

Rooms: ``session`` (seed, quiet start-up, style), ``data`` (verified data in two editions), ``text``
(encode and decode words), ``image_files`` (find broken ones), ``plots`` (figures with alt text),
``feedback`` (results against their bands, answers against their checks), ``progress`` (a bar that
leaves one line), ``quiz`` (questions, predictions, how far one is), ``journal`` (exercises that are
solved), ``hardware`` (a processor's fastest arithmetic, memory given back), ``search`` (a
hyper-parameter search that processes share).
"""
