"""The nouns of the catalog."""

from catalog.models.category import Category
from catalog.models.change import Change, Derived
from catalog.models.collection import Collection, Pick
from catalog.models.index import Indexed, ToolIndex, Word
from catalog.models.tool import Alias, AlsoIn, Fact, Interface, Plan, Related, Tool, tools_by_slug

__all__ = [
    "Alias",
    "AlsoIn",
    "Category",
    "Change",
    "Collection",
    "Derived",
    "Fact",
    "Indexed",
    "Interface",
    "Pick",
    "Plan",
    "Related",
    "Tool",
    "ToolIndex",
    "Word",
    "tools_by_slug",
]
