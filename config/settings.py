"""Settings: one file, every value from the environment, safe when nothing is set. See docs/settings.md."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from celery.schedules import crontab
from kombu import Queue

from config import env
from core import embedded, instance
from core.secretkey import load_or_create, new_signing_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY") or load_or_create(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
SITE_NAME = env.text("SITE_NAME", "AI Apps")
PORT = env.number("PORT", instance.port(VAR_DIR) or 8000, 1, 65535)
SITE_URL = env.address("SITE_URL", f"http://127.0.0.1:{PORT}")
WEB_THREADS = env.number("WEB_THREADS", 4, 1, 64)  # of each web process, as config/gunicorn.py has it
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
HTTPS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "core",
    "accounts",
    "catalog",
    "verification",
    "submissions",
    "featured",
    "api",
    "core.apps.DeskConfig",  # django.contrib.admin, audited
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "core.middleware.security_headers",
    "core.middleware.own_error_pages",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.middleware.api_requests",  # over the page cache: what comes from memory is counted too
    "catalog.reach.counting.count_pages",
    "core.pagecache.anonymous_pages",
    "core.middleware.refuse_broken_text",
    "django.middleware.gzip.GZipMiddleware",
    "core.pagecache.etags",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.middleware.refuse_cut_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.sessions_end",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.second_step_required",
    "accounts.middleware.account_pages_are_private",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.site",
            ],
            "builtins": ["core.templatetags.ui"],
        },
    }
]

# The servers: real ones when their address is given, else the embedded ones in VAR_DIR.
DATABASE_URL = env.text("DATABASE_URL")
DATABASES = {"default": env.database(DATABASE_URL or embedded.database_url(VAR_DIR))}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SEARCH_BY_MEANING = env.flag("SEARCH_BY_MEANING")  # needs requirements/semantic.txt (docs/search.md)
SEARCH_TIMEOUT_MS = 2_000  # a search that takes longer is refused with a page that says so

REDIS_URL = env.text("REDIS_URL")
# redis-py and Celery spell a socket's address in two ways
CELERY_BROKER_URL = (
    env.text("CELERY_BROKER_URL") or REDIS_URL.replace("unix://", "redis+socket://", 1) or embedded.broker_url(VAR_DIR)
)
# Who asks (core/clients.py) and how often one may (core/ratelimit.py, docs/limits.md); "" where no Valkey is known
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, 0, 10)
LIMITS_STORE = env.redis_address(REDIS_URL or CELERY_BROKER_URL)
LIMITS_SCALE = env.number("LIMITS_SCALE", 1, 1, 1_000)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Retries are those of who sends a message (a person may wait); a worker waits for its broker by other settings.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "max_retries": 1, "interval_start": 0}
# A worker takes from both in turn, so that sweeps are not behind a backlog of checks.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("verification")]
CELERY_TASK_ROUTES = {"verification.work": {"queue": "verification"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "core-audit-head": {"task": "core.audit_head", "schedule": 600.0},
    # at a time of the day: "every 24 hours" begins anew with each start of a beat whose file is lost
    "core-retention": {"task": "core.retention", "schedule": crontab(hour="3", minute="17")},
    "accounts-copies": {"task": "accounts.copies", "schedule": 600.0, "options": {"expires": 600}},
    "accounts-privacy": {"task": "accounts.privacy", "schedule": 600.0, "options": {"expires": 600}},
    "core-deliver-mail": {"task": "core.deliver_mail", "schedule": 5.0, "options": {"expires": 60}},
    "core-forget-mail": {"task": "core.forget_mail", "schedule": 3_600.0, "options": {"expires": 3_600}},
    "api-manifests": {"task": "api.manifests", "schedule": 10.0, "options": {"expires": 10}},
    "api-exports": {"task": "api.exports", "schedule": crontab(hour="2", minute="41")},
    "api-webhooks": {"task": "api.webhooks", "schedule": 5.0, "options": {"expires": 60}},
    "api-renew-secrets": {"task": "api.renew_secrets", "schedule": crontab(hour="3", minute="47")},
    "catalog-derive": {"task": "catalog.derive", "schedule": 600.0},
    "catalog-digests": {"task": "catalog.digests", "schedule": 300.0, "options": {"expires": 300}},
    # expires: a night's sweeps that no worker took would do no more than the last; long, as clocks may differ
    "verification-sweep": {"task": "verification.sweep", "schedule": 5.0, "options": {"expires": 600}},
    "verification-time": {"task": "verification.time", "schedule": 10.0, "options": {"expires": 60}},
    "verification-roll-up": {"task": "verification.roll_up", "schedule": 900.0, "options": {"expires": 900}},
    "verification-ownership": {"task": "verification.ownership", "schedule": 3_600.0, "options": {"expires": 3_600}},
    "submissions-sweep": {"task": "submissions.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "featured-inbox": {"task": "featured.inbox", "schedule": 5.0, "options": {"expires": 60}},
    "featured-sweep": {"task": "featured.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "featured-lottery": {"task": "featured.lottery", "schedule": 3_600.0, "options": {"expires": 3_600}},
    "featured-reconcile": {"task": "featured.reconcile", "schedule": crontab(hour="4", minute="7")},
    "verification-forget": {"task": "verification.forget", "schedule": 21_600.0},
}

# Requests to one registrable domain in a day, for what nobody asked for (verification/polite.py)
PROBE_DAILY_BUDGET = env.number("PROBE_DAILY_BUDGET", 60, 1, 100_000)

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
]

# Sign-in (docs/accounts.md): django-allauth, whose pages are in templates/account, mfa and usersessions.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "account_overview", "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetForm",
    "request_login_code": "accounts.forms.CodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and there only
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one takes its place when it is confirmed
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds; greylisting delays mails by minutes
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
# Limits are ours (accounts/limits.py), counted exactly for all processes together.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
# An address that waits to be confirmed is a change: who has none confirmed is kept from a second step by
# accounts/confirming.py. allauth's own rule would keep everybody with a second step from ever changing an address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # the code before and after, for clocks that are a little off
MFA_RECOVERY_CODE_COUNT = 10
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
    "login_webauthn": "accounts.forms.SignInPasskeyForm",
    "authenticate_webauthn": "accounts.forms.SecondStepPasskeyForm",
    "reauthenticate_webauthn": "accounts.forms.SecondStepAgainPasskeyForm",
    "authenticate": "accounts.forms.SecondStepForm",
    "reauthenticate": "accounts.forms.SecondStepAgainForm",
}
# Who works here needs a second step (accounts/roles.py). Tests alone turn this off.
SECOND_STEP_REQUIRED = True
# Sessions: seconds without a request, and seconds after the sign-in, for who works here and for everybody else.
SESSION_LIMITS = {"staff": (30 * 60, 12 * 3_600), "others": (14 * 86_400, 30 * 86_400)}
SESSION_COOKIE_AGE = 30 * 86_400
SESSION_ENGINE = "accounts.sessionstore"  # a day where nobody is signed in
# Personal data (docs/privacy.md): days until an erasure is done, before that a reminder, and how long a copy is kept.
ERASURE_DAYS, ERASURE_REMINDER_DAYS, DATA_EXPORT_DAYS = 14, 3, 7
# Keep it beside the backups of the database, not in them: it says who must not come back with one.
ERASURE_LEDGER = Path(env.text("ERASURE_LEDGER", str(VAR_DIR / "erasures.jsonl")))
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Mail: all of it goes through the outbox (core/outbox, docs/mail.md); a worker gives it to an SMTP server, or writes it
# into VAR_DIR/mail where none is set.
MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND = "core.outbox.backend.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starttls, MAIL.tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "webmaster@localhost")
# Where mail servers send what could not be delivered; the mail's mark is put after a plus ("bounces+MARK@…").
EMAIL_BOUNCES = env.text("EMAIL_BOUNCES")
# Mails that one can leave: name, what people call it, what is in it.
MAIL_LISTS = {
    "digest": ("Digest", "What changed in the tools, categories and searches that you follow."),
}

# What others may do with exports (docs/exports.md): an SPDX expression
DATA_LICENCE = env.text("DATA_LICENCE", "MIT")
# Domains and addresses that may not be listed (verification/reading/blocklist.py).
BLOCKLIST_FILE = env.text("BLOCKLIST_FILE", str(VAR_DIR / "blocklist.txt"))

# What goes out to the network (core/safehttp, docs/safehttp.md). The last four bend its rules: never in production.
PROBES_ENABLED = env.flag("PROBES_ENABLED", True)
PROBES_SCHEDULED = env.flag("PROBES_SCHEDULED", not DEBUG)  # a laptop does not look at 1,700 sites all day
PROBE_USER_AGENT = f"{re.sub('[^A-Za-z0-9._-]', '', SITE_NAME) or 'Catalog'}Bot/1.0 (+{quote(SITE_URL, ':/[]')}/bot/)"
PROBE_ALLOW_NETS = env.in_debug("PROBE_ALLOW_NETS", DEBUG, "lets probes reach addresses inside your network")
PROBE_RESOLVER = env.in_debug("PROBE_RESOLVER", DEBUG, "lets another name server decide where probes go")
PROBE_PORTS = env.in_debug("PROBE_PORTS", DEBUG, "sends probes to other ports than an address says")
PROBE_CA_FILE = env.in_debug("PROBE_CA_FILE", DEBUG, "makes probes trust certificates that the public does not")
if PROBE_ALLOW_NETS or PROBE_RESOLVER or PROBE_PORTS or PROBE_CA_FILE:
    env.check_probes(PROBE_ALLOW_NETS, PROBE_RESOLVER, PROBE_PORTS, PROBE_CA_FILE)
# Asked when a tool does not answer: does anything? Not where another name server decides where probes go.
PROBE_CANARIES = env.words(
    "PROBE_CANARIES",
    "" if PROBE_RESOLVER else "https://example.com/,https://www.iana.org/,https://www.wikipedia.org/",
)

# Package registries that the verification asks; none by default (docs/settings.md).
PYPI_URL = env.optional_address("PYPI_URL")
NPM_URL = env.optional_address("NPM_URL")

# Proof of ownership (docs/ownership.md): name servers that must agree, and who says when a domain was registered.
OWNERSHIP_RESOLVERS = env.words("OWNERSHIP_RESOLVERS")
env.check_name_servers("OWNERSHIP_RESOLVERS", OWNERSHIP_RESOLVERS)
RDAP_URL = env.optional_address("RDAP_URL")

# Featured listings (docs/featured.md, docs/payments.md): what a week costs on each kind of page, in minor units of the
# currency, without tax. Nothing can be bought while STRIPE_SECRET_KEY is empty.
FEATURED_CURRENCY = env.currency("FEATURED_CURRENCY", "usd")
FEATURED_PRICES = env.amounts(
    "FEATURED_PRICES", {"home": 14_900, "category": 4_900, "subcategory": 2_900, "search": 7_900, "new": 2_900}
)
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET")  # two while one takes the other's place
STRIPE_TAX = env.flag("STRIPE_TAX")  # needs Stripe Tax set up in the account
STRIPE_API_BASE = env.in_debug("STRIPE_API_BASE", DEBUG, "sends payments to something that is not Stripe")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# How long a page without a session is served again from memory, and kept by browsers and proxies; and the only
# parameters that such a page may have (core/pagecache.py).
PAGE_CACHE_SECONDS = 0 if DEBUG else 30
PAGE_PARAMETERS = frozenset(
    (  # noqa: SIM905
        "q category pricing has_api has_mcp self_hosted kind source licence interface auth platform input output "
        "access model launched_since verified sort page period tools only format show place from "
        "cursor limit facets fields expand since"
    ).split()
)

# The REST API (docs/api.md): its own views, callers, limits and errors (api/base.py)
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_SCHEMA_CLASS": "api.document.Operation",
    "EXCEPTION_HANDLER": "api.problems.handler",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH needs has to be sent, too
    "SORT_OPERATION_PARAMETERS": False,  # as the views name them: words first, paging last
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["api.document.shared"],  # enums stay where they are: no names of the library
}

# Apps of others, by OAuth 2.1 (docs/api.md): django-allauth's server, behind the rules of api/oauth. Its codes live for
# a minute where all processes find them; its tokens are rows.
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": LIMITS_STORE, "KEY_PREFIX": "cache"}
        if LIMITS_STORE
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
IDP_OIDC_ADAPTER = "api.oauth.adapter.Adapter"
IDP_OIDC_PRIVATE_KEY = env.text("OIDC_PRIVATE_KEY") or load_or_create(VAR_DIR / "oidc_key.pem", new_signing_key)
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3_600  # seconds
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 86_400  # since it was last used
IDP_OIDC_RATE_LIMITS = False  # ours are in api/limits.py

# After how many seconds a process writes down what it counted (docs/reach.md); 0: only when it is told to, as in tests
REACH_SECONDS = 10

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # a browser takes such a cookie from this very host and over TLS only
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = False  # the reverse proxy in docker/ does it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the redirect to https is the proxy's
    "security.W021",  # preload binds the whole domain: the operator's choice, not ours
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    # a refused request is one line, not a traceback
    "filters": {
        "brief": {"()": "core.logfilter.BriefWarnings"},
        "keys": {"()": "core.logfilter.Keys"},
        "routine": {
            "()": "core.logfilter.Routine",
            "tasks": [
                "verification.sweep",
                "verification.time",
                "core.deliver_mail",
                "featured.inbox",
                "api.webhooks",
            ],
        },
    },
    "loggers": {
        # "received", "succeeded": every few seconds for sweeps, which tell themselves what they did
        **{name: {"filters": ["routine"]} for name in ("celery.worker.strategy", "celery.app.trace")},
        "django.server": {"handlers": ["console"], "propagate": False},  # else runserver has a handler of its own
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief", "keys"]}},
    "root": {"handlers": ["console"], "level": env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))},
}
