"""The nouns of the catalog."""

from catalog.models.category import Category
from catalog.models.change import Change, Derived
from catalog.models.collection import Collection, Pick
from catalog.models.index import ToolIndex
from catalog.models.tool import Alias, AlsoIn, Fact, Interface, Plan, Related, Tool, tools_by_slug

__all__ = [
    "Alias",
    "AlsoIn",
    "Category",
    "Change",
    "Collection",
    "Derived",
    "Fact",
    "Interface",
    "Pick",
    "Plan",
    "Related",
    "Tool",
    "ToolIndex",
    "tools_by_slug",
]
