#!/bin/sh
# Makes the secrets that compose.yaml mounts, once: docker/secrets/{secret_key,db_password,database_url}, and empty
# files for those that Stripe gives: stripe_secret_key, stripe_webhook_secret. An existing one is kept. They are
# readable inside the containers (whose users have other numbers than you), but nobody else on this machine passes
# the folder.
set -eu
cd "$(dirname "$0")"
umask 022
mkdir -p secrets
chmod 700 secrets
printf '*\n' > secrets/.gitignore

random() { # $1: how many letters and digits
  LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | head -c "$1"
}
[ -s secrets/secret_key ] || random 64 > secrets/secret_key
[ -s secrets/db_password ] || random 40 > secrets/db_password
# Always written from the password, so that the two cannot differ.
printf 'postgresql://aiapps:%s@postgres:5432/aiapps\n' "$(cat secrets/db_password)" > secrets/database_url
touch secrets/stripe_secret_key secrets/stripe_webhook_secret
chmod 444 secrets/*
echo "docker/secrets is ready. Next: SITE_ADDRESS=catalog.example.com docker compose -f docker/compose.yaml up -d"
