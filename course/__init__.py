"""The instructor's side: build, carry back, calibrate, bundle. A student never needs it."""
