# The engine. Built by docker-compose.yml.
FROM python:3.13-slim
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# What makes prompts of texts and recordings.
RUN apt-get update \
    && apt-get install -y --no-install-recommends espeak-ng sox libsox-fmt-base libsox-fmt-mp3 \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY acd acd
COPY api api
COPY asterisk-conf asterisk-conf
COPY config config
COPY cti cti
COPY demo demo
COPY dialer dialer
COPY ivr ivr
# In place, so that asterisk-conf/ and config/ are found beside the rooms.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && install -d -o 60960 -g 60960 -m 700 /house /pbx
