#!/bin/sh
# What the image does: web (default), worker, beat, prepare, worker-health, or any command of manage.py.
set -eu
cd "$(dirname "$0")/.."
role=${1:-web}
[ $# -eq 0 ] || shift

case "$role" in
  web)
    exec python -m gunicorn --config config/gunicorn.py config.wsgi:application "$@" ;;
  worker)
    exec python -m celery --app config.celery --quiet worker --loglevel INFO \
      --concurrency "${WORKER_CONCURRENCY:-4}" --without-gossip --without-mingle "$@" ;;
  worker-health)
    exec python -m celery --app config.celery --quiet inspect --timeout 5 --destination "celery@$(hostname)" ping ;;
  beat)
    # One of these only. Its schedule is not worth a volume: a lost file runs an entry once too often.
    exec python -m celery --app config.celery --quiet beat --loglevel INFO --pidfile "" \
      --schedule "${BEAT_SCHEDULE:-/tmp/celerybeat-schedule}" "$@" ;;
  prepare)
    python manage.py migrate --noinput
    python manage.py erasures apply
    exec python manage.py load_catalog "$@" ;;
  *)
    exec python manage.py "$role" "$@" ;;
esac
