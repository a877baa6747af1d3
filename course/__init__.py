"""The instructor's side: build, carry back, calibrate, bundle. A student never needs it."""

import sys

# jsonschema, which nbformat imports, checks international web addresses with this package if it is
# there. No notebook needs that, and its grammars take more than a second in every process.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
