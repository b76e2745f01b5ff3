"""The nouns of the catalog."""

from catalog.models.beside import Alias, Related, tools_by_slug
from catalog.models.category import Category
from catalog.models.change import Change, Derived
from catalog.models.collection import Collection, Pick
from catalog.models.index import Indexed, ToolIndex, Word
from catalog.models.logo import Logo
from catalog.models.personal import Follow, ListItem, Newsletter, Saved, ToolList
from catalog.models.reach import FilterDay, ToolDay, ToolSearch
from catalog.models.tool import AlsoIn, Fact, Interface, Plan, Tool

__all__ = [
    "Alias",
    "AlsoIn",
    "Category",
    "Change",
    "Collection",
    "Derived",
    "Fact",
    "FilterDay",
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
    "ToolDay",
    "ToolIndex",
    "ToolList",
    "ToolSearch",
    "Word",
    "tools_by_slug",
]
