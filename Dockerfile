# One image for every kind of process. The command chooses: web (default), feed, a release step.
#   docker build -t realtime-strategies .
#   docker run realtime-strategies python manage.py consume_depth
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS wheels
WORKDIR /build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt

FROM python:${PYTHON}
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIR=/var/lib/realtime \
    STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin realtime \
    && install -d -m 0700 -o realtime -g realtime "$STATE_DIR"
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    --mount=type=bind,from=wheels,source=/build/requirements.txt,target=/requirements.txt \
    pip install --no-cache-dir --no-index --find-links /wheels -r /requirements.txt
WORKDIR /app
COPY . .
# The key signs nothing here; collecting static files only needs settings to load.
RUN SECRET_KEY=collectstatic-only python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .
USER realtime
EXPOSE 8080
# Asks the web process, or a feed that has FEED_HTTP_PORT.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "deploy/healthcheck.py"]
CMD ["python", "manage.py", "serve_web", "--host", "0.0.0.0", "--port", "8080", "--proxied"]
