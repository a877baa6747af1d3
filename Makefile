# Short names for the course's commands. All they do is in `course`, for systems with and without make.
PYTHON ?= python3
COURSE := $(PYTHON) -m course
LESSON ?=
LAB_ARGS ?=
ARGS ?=
SOLUTIONS ?=
STUDENTS ?= dist/students
COURSE_GRADING ?= $(HOME)/grading
HUB ?= .venv-hub

.DEFAULT_GOAL := help
.PHONY: help setup lab author test check notebooks carry-back originals calibrate restamp alarms mutants translation bench readme site \
	site-serve book slides colab data-bundle handout nbgrader mark hub test-browser test-colab test-database test-hub test-instructors \
	test-container lint lock

help setup test check bench readme site site-serve book colab data-bundle test-browser test-colab test-database test-hub \
test-instructors test-container lint lock:
	@$(COURSE) $@ $(ARGS)

hub:
	@$(COURSE) hub $(HUB)

lab author:
	@$(COURSE) $@ $(LAB_ARGS)

notebooks carry-back originals calibrate restamp alarms mutants translation slides:
	@$(COURSE) $@ $(LESSON) $(ARGS)

handout:
	@$(COURSE) handout $(STUDENTS) --solutions $(SOLUTIONS)

nbgrader:
	@$(COURSE) nbgrader $(COURSE_GRADING) $(LESSON) $(ARGS)

mark:
	@$(COURSE) mark $(LESSON) --grading $(COURSE_GRADING) $(ARGS)
