"""The closed lists of words that describe a tool (docs/catalog.md); values stand in URLs as they are stored."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """The form a tool comes in."""

    APP = "app", "App"
    API = "api", "API"
    PLATFORM = "platform", "Platform"
    MCP_SERVER = "mcp_server", "MCP server"
    AGENT = "agent", "Agent"
    MODEL = "model", "Model"
    LIBRARY = "library", "Library"
    EXTENSION = "extension", "Extension"
    CLI = "cli", "Command line"
    DATASET = "dataset", "Data set"


class Access(models.TextChoices):
    """What it takes to begin using a tool."""

    FREE = "free", "Free"
    FREE_TIER = "free_tier", "Free tier"
    TRIAL = "trial", "Free trial"
    PAID_ONLY = "paid_only", "Paid only"
    CONTACT_SALES = "contact_sales", "Contact sales"
    WAITLIST = "waitlist", "Waiting list"
    UNKNOWN = "unknown", "Not known"


class PriceModel(models.TextChoices):
    """What is charged for."""

    SUBSCRIPTION = "subscription", "Subscription"
    PER_SEAT = "per_seat", "Per seat"
    USAGE = "usage", "Usage"
    CREDITS = "credits", "Credits"
    ONE_TIME = "one_time", "One-time purchase"
    REVENUE_SHARE = "revenue_share", "Revenue share"
    NEGOTIATED = "negotiated", "Negotiated"
    DONATION = "donation", "Donation"
    BYOK = "byok", "Bring your own key"


class Source(models.TextChoices):
    """Whether the source or the weights can be had."""

    OPEN_SOURCE = "open_source", "Open source"
    SOURCE_AVAILABLE = "source_available", "Source available"
    OPEN_WEIGHTS = "open_weights", "Open weights"
    PROPRIETARY = "proprietary", "Proprietary"
    UNKNOWN = "unknown", "Not known"


class PricingLabel(models.TextChoices):
    """The one label derived from access, model and source (catalog/pricing.py)."""

    FREE_OPEN_SOURCE = "free-open-source", "Free, open source"
    FREE = "free", "Free"
    FREE_TIER = "free-tier", "Free tier"
    FREE_TRIAL = "free-trial", "Free trial"
    PAY_AS_YOU_GO = "pay-as-you-go", "Pay as you go"
    PAID = "paid", "Paid"
    CONTACT_SALES = "contact-sales", "Contact sales"
    UNKNOWN = "unknown", "Price unknown"


class Platform(models.TextChoices):
    """Where a tool runs."""

    WEB = "web", "Web"
    API = "api", "API"
    WINDOWS = "windows", "Windows"
    MACOS = "macos", "macOS"
    LINUX = "linux", "Linux"
    IOS = "ios", "iOS"
    ANDROID = "android", "Android"
    BROWSER_EXTENSION = "browser-extension", "Browser extension"
    IDE = "ide", "Code editor"
    SELF_HOSTED = "self-hosted", "Self-hosted"
    CLI = "cli", "Command line"


class Modality(models.TextChoices):
    """What goes in or comes out."""

    TEXT = "text", "Text"
    CODE = "code", "Code"
    IMAGE = "image", "Image"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    THREE_D = "3d", "3D"
    TABULAR = "tabular", "Tables"
    DOCUMENT = "document", "Documents"
    WEB = "web", "Web pages"


class InterfaceKind(models.TextChoices):
    """How a program reaches a tool."""

    REST = "rest", "REST"
    GRAPHQL = "graphql", "GraphQL"
    OPENAI = "openai-compatible", "OpenAI-compatible"
    MCP_REMOTE = "mcp-remote", "Remote MCP"
    MCP_PACKAGE = "mcp-package", "MCP package"
    SDK = "sdk", "SDK"
    CLI = "cli", "Command line"
    CONTAINER = "container", "Container image"
    WEBHOOK = "webhook", "Webhook"
    A2A = "a2a", "Agent to agent (A2A)"
    WEB_APP = "web-app", "Web app"


class Auth(models.TextChoices):
    """Authentication schemes as OpenAPI 3.1 names them, and none."""

    API_KEY = "apiKey", "API key"
    HTTP = "http", "Bearer token or basic (HTTP)"
    OAUTH2 = "oauth2", "OAuth 2"
    OPENID = "openIdConnect", "OpenID Connect"
    MTLS = "mutualTLS", "Client certificate"
    NONE = "none", "None needed"


class Registry(models.TextChoices):
    """Where a package is published."""

    PYPI = "pypi", "PyPI"
    NPM = "npm", "npm"
    GO = "go", "Go"
    MAVEN = "maven", "Maven"
    NUGET = "nuget", "NuGet"
    CARGO = "cargo", "crates.io"
    HOMEBREW = "homebrew", "Homebrew"
    RUBYGEMS = "rubygems", "RubyGems"
    PACKAGIST = "packagist", "Packagist"


class SaidBy(models.TextChoices):
    """Who says a fact."""

    EDITOR = "editor", "our editors"
    LIST = "list", "a public list"
    DOCS = "docs", "the vendor's documents, code or a package registry"
    OWNER = "owner", "its owner, who proved to be it"
    SUBMITTER = "submitter", "who submitted it"
    NONE = "none", "nobody on record"


class Seen(models.TextChoices):
    """How the last verification run saw a tool: its home page and its endpoints."""

    NOT_CHECKED = "", "Not checked"
    WORKING = "working", "Seen working"
    ATTENTION = "attention", "Attention"
    FAILING = "failing", "Failing"
    UNKNOWN = "unknown", "Could not tell"


class Status(models.TextChoices):
    """Where a listing stands."""

    ACTIVE = "active", "Active"
    WATCH = "watch", "Signs of inactivity"
    DELISTED = "delisted", "No longer listed"
    DRAFT = "draft", "Not listed yet"


LISTED = (Status.ACTIVE, Status.WATCH)  # what visitors see

# the levels of verification, from 0 (verification/claims/levels.py says what each needs)
LEVELS = ("Listed", "Reached", "Conforms", "Verified", "Facts seen", "Continuously operated")
VERIFIED = 3  # from here on a tool may be called verified: its owner is known and a person looked through the listing


class Away(models.TextChoices):
    """How long a tool has not been reachable: what its cards, search and pages make of it (verification sets it)."""

    NOT = "", "Reachable, or not known"
    PROBLEMS = "problems", "Problems observed"
    UNREACHABLE = "unreachable", "Unreachable"
    LONG = "long", "Unreachable for over 14 days"
    ARCHIVED = "archived", "Archived: unreachable for over 45 days"
