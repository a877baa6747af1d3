"""The course for a class: JupyterHub on one server, links, nbgrader; see docs/classroom.md."""
