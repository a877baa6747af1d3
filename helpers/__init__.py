"""The course's helpers: what would distract from a lesson, and nothing else.

Rooms: ``session`` (seed, quiet start-up, style), ``data`` (verified data in two
editions), ``text`` (encode and decode words), ``images`` (find broken image files),
``plots`` (figures with alt text), ``expect`` (measured values against their bands),
``check`` (exercise feedback), ``search`` (a hyper-parameter search that processes share).
"""
