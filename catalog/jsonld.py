"""What pages say in schema.org's words (JSON-LD). What is not known is left out; nothing is rated that nobody rated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from catalog import choices, facts
from catalog.models import Category, Collection, Plan, Tool
from core.site import absolute
from core.templatetags.ui import linkable

Thing = dict[str, Any]
CONTEXT = "https://schema.org"
SYSTEMS = {"windows": "Windows", "macos": "macOS", "linux": "Linux", "ios": "iOS", "android": "Android"}
UNIT_CODES = {"month": "MON", "year": "ANN"}  # UN/CEFACT recommendation 20


def website() -> Thing:
    """Return the site with its search."""
    search = {"@type": "EntryPoint", "urlTemplate": absolute(reverse("catalog:tools")) + "?q={search_term_string}"}
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": absolute(reverse("catalog:home")),
        "potentialAction": {
            "@type": "SearchAction",
            "target": search,
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumbs(category: Category, tool: Tool | None = None) -> Thing:
    """Return the way from the categories to a category or to a tool in it."""
    steps = [("Categories", reverse("catalog:categories"))]
    steps += [(one.name, one.get_absolute_url()) for one in (category.parent, category) if one]
    steps += [(tool.name, tool.get_absolute_url())] if tool else []
    return {"@context": CONTEXT, "@type": "BreadcrumbList", "itemListElement": _numbered(steps, "item")}


def item_list(collection: Collection, tools: Iterable[Tool]) -> Thing:
    """Return a collection as a list of its tools."""
    rows = [(tool.name, tool.get_absolute_url()) for tool in tools]
    return {
        "@context": CONTEXT,
        "@type": "ItemList",
        "name": collection.title,
        "description": collection.summary,
        "url": absolute(collection.get_absolute_url()),
        "numberOfItems": len(rows),
        "itemListElement": _numbered(rows, "url"),
    }


def _numbered(rows: Iterable[tuple[str, str]], key: str) -> list[Thing]:
    return [
        {"@type": "ListItem", "position": position, "name": name, key: absolute(path)}
        for position, (name, path) in enumerate(rows, start=1)
    ]


def software(tool: Tool) -> Thing:
    """Return a tool as SoftwareApplication, a data set as Dataset. Reads `category__parent` and `plans`."""
    page = absolute(tool.get_absolute_url())
    data_set = tool.kind == choices.Kind.DATASET
    own = [url for _, url in facts.links(tool) if linkable(url)]
    found: Thing = {
        "@context": CONTEXT,
        "@type": "Dataset" if data_set else "SoftwareApplication",
        "@id": f"{page}#tool",
        "name": tool.name,
        "description": tool.tagline,
        "url": tool.homepage if linkable(tool.homepage) else "",
        "mainEntityOfPage": page,
        "sameAs": [url for url in (tool.homepage, tool.repo_url) if url in own],
        "image": absolute(reverse("catalog:tool_card", args=[tool.slug])),
        "thumbnailUrl": absolute(reverse("catalog:tool_logo_large", args=[tool.slug, tool.logo_key]))
        if tool.logo_key
        else "",
        "author": {"@type": "Organization", "name": tool.vendor} if tool.vendor else None,
        "license": {"@type": "CreativeWork", "name": tool.licence} if tool.licence else None,
        "datePublished": tool.launched,
        "keywords": tool.tags,
        "additionalProperty": _level(tool),
        "isAccessibleForFree": True if tool.access in {choices.Access.FREE, choices.Access.FREE_TIER} else None,
    }
    return _known(found if data_set else found | _application(tool))


def _level(tool: Tool) -> Thing | None:
    """Return the level that was seen, with its day: a property of ours, not a rating. None when nothing was seen."""
    if not tool.level or not tool.checked_at:
        return None
    return {
        "@type": "PropertyValue",
        "name": "Verification level",
        "value": tool.level,
        "maxValue": len(choices.LEVELS) - 1,
        "description": f"{choices.LEVELS[tool.level]}, checked {tool.checked_at.astimezone(dt.UTC).date()}",
        "url": absolute(reverse("verification:runs", args=[tool.slug])),
    }


def _application(tool: Tool) -> Thing:
    """What only an application has."""
    parent = tool.category.parent
    return {
        "applicationCategory": parent.name if parent else tool.category.name,
        "applicationSubCategory": tool.category.name if parent else "",
        "operatingSystem": ", ".join(SYSTEMS[name] for name in SYSTEMS if name in tool.platforms),
        "softwareHelp": {"@type": "CreativeWork", "url": tool.docs_url} if linkable(tool.docs_url) else None,
        "offers": [_offer(tool, plan) for plan in tool.plans.all()],
    }


def _offer(tool: Tool, plan: Plan) -> Thing:
    """Return a price that somebody has seen."""
    price = {"price": f"{plan.amount.normalize():f}", "priceCurrency": plan.currency}
    per: Thing = {"@type": "QuantitativeValue", "value": 1}
    per |= {"unitCode": UNIT_CODES[plan.period]} if plan.period in UNIT_CODES else {"unitText": plan.unit or "unit"}
    once = plan.period == Plan.Period.ONCE
    return _known(
        {
            "@type": "Offer",
            "name": plan.name,
            "url": tool.pricing_url if linkable(tool.pricing_url) else "",
            **price,
            "priceSpecification": None
            if once
            else {"@type": "UnitPriceSpecification", **price, "referenceQuantity": per},
        }
    )


def _known(thing: Thing) -> Thing:
    return {name: value for name, value in thing.items() if value not in (None, "", [])}
