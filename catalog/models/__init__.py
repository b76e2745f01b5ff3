"""The nouns of the catalog."""

from catalog.models.category import Category
from catalog.models.change import Change, Derived
from catalog.models.collection import Collection, Pick
from catalog.models.index import Indexed, ToolIndex, Word
from catalog.models.logo import Logo
from catalog.models.personal import Follow, ListItem, Newsletter, Saved, ToolList
from catalog.models.tool import Alias, AlsoIn, Fact, Interface, Plan, Related, Tool, tools_by_slug

__all__ = [
    "Alias",
    "AlsoIn",
    "Category",
    "Change",
    "Collection",
    "Derived",
    "Fact",
    "Follow",
    "Indexed",
    "Interface",
    "ListItem",
    "Logo",
    "Newsletter",
    "Pick",
    "Plan",
    "Related",
    "Saved",
    "Tool",
    "ToolIndex",
    "ToolList",
    "Word",
    "tools_by_slug",
]
