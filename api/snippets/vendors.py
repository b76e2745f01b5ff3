"""Whose secrets the well-known variables hold: a listing may not have the reader's token of another service sent to it.

By the beginning of the name, up to its end or a “_”, and the hosts that it may be sent to: each with all below it, “*”
for one part of a name. Only hosts where nobody but the vendor reads what is sent: no platform for programs of others.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

GOOGLE, GITHUB = ("googleapis.com",), ("github.com", "githubcopilot.com", "github.ai", "models.inference.ai.azure.com")
AWS = ("bedrock.*.amazonaws.com", "bedrock-runtime.*.amazonaws.com", "bedrock-mantle.*.api.aws", "aws-mcp.*.api.aws")
AZURE = ("openai.azure.com", "ai.azure.com", "cognitiveservices.azure.com", "management.azure.com", "dev.azure.com")
ATLASSIAN = ("atlassian.com", "atlassian.net", "bitbucket.org")
DATADOG = ("datadoghq.com", "datadoghq.eu")
HOSTS: dict[str, tuple[str, ...]] = {
    "AICATALOG": (), "ANTHROPIC": ("anthropic.com", "claude.com"),
    "ARM": AZURE, "ATLASSIAN": ATLASSIAN, "AWS": AWS, "AZURE": AZURE,
    "BITBUCKET": ATLASSIAN, "CF": ("cloudflare.com",), "CI": ("gitlab.com",), "CLAUDE": ("anthropic.com", "claude.com"),
    "CLOUDFLARE": ("cloudflare.com",),
    "CO": ("cohere.com", "cohere.ai"), "COHERE": ("cohere.com", "cohere.ai"), "CONFLUENCE": ATLASSIAN,
    "DATABASE": (), "DATABRICKS": ("databricks.com", "azuredatabricks.net"), "DATADOG": DATADOG, "DD": DATADOG,
    "DEEPSEEK": ("deepseek.com",), "DIGITALOCEAN": ("digitalocean.com",), "DISCORD": ("discord.com",),
    "DOCKER": ("docker.com", "docker.io"), "DOCKERHUB": ("docker.com", "docker.io"), "ELEVENLABS": ("elevenlabs.io",),
    "GCLOUD": GOOGLE, "GCP": GOOGLE, "GEMINI": GOOGLE, "GH": GITHUB, "GITHUB": GITHUB, "GITLAB": ("gitlab.com",),
    "GOOGLE": GOOGLE, "GROQ": ("groq.com",), "HEROKU": ("heroku.com",), "HF": ("huggingface.co",),
    "HUGGINGFACE": ("huggingface.co",), "HUGGINGFACEHUB": ("huggingface.co",), "HUGGING_FACE": ("huggingface.co",),
    "JIRA": ATLASSIAN, "KUBE": (), "KUBECONFIG": (), "LANGCHAIN": ("langchain.com",), "LANGSMITH": ("langchain.com",),
    "LINEAR": ("linear.app",), "MISTRAL": ("mistral.ai",), "MISTRALAI": ("mistral.ai",),
    "MONGODB": ("mongodb.com",), "MYSQL": (),
    "NETLIFY": ("netlify.com",), "NEW_RELIC": ("newrelic.com",), "NOTION": ("notion.com",), "NPM": ("npmjs.org",),
    "NVIDIA": ("nvidia.com",), "OPENAI": ("openai.com",), "OPEN_AI": ("openai.com",),
    "OPENROUTER": ("openrouter.ai",), "PAYPAL": ("paypal.com",),
    "PERPLEXITY": ("perplexity.ai",), "PGPASSWORD": (), "PINECONE": ("pinecone.io",), "POSTGRES": (),
    "PYPI": ("pypi.org",), "REDIS": (), "REDISCLI": (), "REPLICATE": ("replicate.com",), "SENDGRID": ("sendgrid.com",),
    "SENTRY": ("sentry.io", "sentry.dev"), "SLACK": ("slack.com",), "SNOWFLAKE": ("snowflakecomputing.com",),
    "STRIPE": ("stripe.com",), "SUPABASE": ("supabase.com",), "TELEGRAM": ("telegram.org",),
    "TOGETHER": ("together.xyz", "together.ai"), "TWILIO": ("twilio.com",), "TWINE": ("pypi.org",), "VAULT": (),
    "VERCEL": ("vercel.com",), "WANDB": ("wandb.ai",), "XAI": ("x.ai",),
}  # fmt: skip


def may_read(name: str, url: str) -> bool:
    """Return whether what a variable holds may be sent to an address: it is no well-known one, or of that vendor."""
    words = name.upper().strip("_").split("_")
    begun = next((one for end in (1, 2) if (one := "_".join(words[:end])) in HOSTS), None)
    return begun is None or any(_within(one, url) for one in HOSTS[begun])


def _within(host: str, url: str) -> bool:
    known = re.escape(host).replace(r"\*", "[a-z0-9{}_-]+")
    return re.fullmatch(rf"([a-z0-9{{}}._-]+\.)?{known}\.?", urlsplit(url).hostname or "") is not None
