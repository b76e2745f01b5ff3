"""What every address of the API answers, as data. A new address needs a line here, and nobody else's words.

`METHOD route scope owner stranger`: the scope is "-" where everybody may; then what somebody gets whose key has it,
"=" where somebody else with all scopes gets the same. Bodies are empty: "422" is what an empty one gets. Methods that
are not named get 405. Who shows no key, or one without the scope, gets 401 or 403; a key that is revoked, expired or
of a closed account gets 401 everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PUBLIC = "-"


class Row(NamedTuple):
    """What a method of an address answers."""

    method: str
    route: str
    scope: str
    owner: str
    stranger: str


TABLE = """
GET    /api/v1                     -  200  =
GET    /api/v1/categories          -  200  =
GET    /api/v1/categories/<slug>   -  200  =
GET    /api/v1/changes             -  200  =
GET    /api/v1/collections         -  200  =
GET    /api/v1/collections/<slug>  -  200  =
GET    /api/v1/decisions           -  200  =
GET    /api/v1/exports             -  200  =
GET    /api/v1/facets              -  200  =
GET    /api/v1/incidents           -  200  =
GET    /api/v1/pins                -  400  =
GET    /api/v1/records             -  400  =
GET    /api/v1/tools               -  200  =
GET    /api/v1/tools/<slug>        -  200  =
GET    /api/v1/tools/<slug>/alternatives  -  200  =
GET    /api/v1/tools/<slug>/claims        -  200  =
GET    /api/v1/tools/<slug>/facts         -  200  =
GET    /api/v1/tools/<slug>/health        -  200  =
GET    /api/v1/tools/<slug>/incidents     -  200  =
GET    /api/v1/tools/<slug>/interfaces    -  200  =
GET    /api/v1/tools/<slug>/manifest      -  200  =
GET    /api/v1/tools/<slug>/manifests     -  200  =
GET    /api/v1/tools/<slug>/manifests/<version>  -  200  =
GET    /api/v1/tools/<slug>/plans         -  200  =
GET    /api/v1/tools/<slug>/runs          -  200  =
GET    /api/v1/tools/<slug>/runs/<run>    -  200  =
GET    /api/v1/tools/<slug>/runs/<run>/evidence/<sha256>  -  200  =
GET    /api/v1/tools/<slug>/server.json   -  404  =
GET    /api/v1/tools/<slug>/snippets      -  200  =
GET    /api/v1/tools/<slug>/verification  -  200  =
GET    /api/v1/keys                         account:read  200  =
POST   /api/v1/keys                         keys:write    422  =
POST   /api/v1/keys/leaks                   -             422  =
GET    /api/v1/keys/<prefix>                account:read  200  404
DELETE /api/v1/keys/<prefix>                keys:write    204  404
POST   /api/v1/keys/<prefix>/rotate         keys:write    201  404
GET    /api/v1/me                           account:read  200  =
GET    /api/v1/me/usage                     account:read  200  =
GET    /api/v1/openapi.json        -  200  =
GET    /api/v1/lists                        lists:read   200  =
POST   /api/v1/lists                        lists:write  422  =
GET    /api/v1/lists/<list>                 -            200  =
PATCH  /api/v1/lists/<list>                 lists:write  200  404
DELETE /api/v1/lists/<list>                 lists:write  204  404
PUT    /api/v1/lists/<list>/tools/<tool>    lists:write  200  404
DELETE /api/v1/lists/<list>/tools/<tool>    lists:write  204  404
GET    /api/v1/saved                        lists:read   200  =
PUT    /api/v1/saved/<tool>                 lists:write  200  =
DELETE /api/v1/saved/<tool>                 lists:write  204  =
GET    /api/v1/webhooks                      webhooks:read   200  =
POST   /api/v1/webhooks                      webhooks:write  422  =
GET    /api/v1/webhooks/<hook>               webhooks:read   200  404
PATCH  /api/v1/webhooks/<hook>               webhooks:write  200  404
DELETE /api/v1/webhooks/<hook>               webhooks:write  204  404
POST   /api/v1/webhooks/<hook>/test          webhooks:write  202  404
POST   /api/v1/webhooks/<hook>/rotate        webhooks:write  200  404
GET    /api/v1/webhooks/<hook>/deliveries    webhooks:read   200  404
POST   /api/v1/webhooks/<hook>/deliveries/<event>/redeliver  webhooks:write  202  404
GET    /api/v1/submissions                   submissions:read   200  =
POST   /api/v1/submissions                   submissions:write  422  =
POST   /api/v1/submissions/validate          submissions:write  422  =
GET    /api/v1/submissions/<key>             submissions:read   200  404
PATCH  /api/v1/submissions/<key>             submissions:write  422  422
DELETE /api/v1/submissions/<key>             submissions:write  204  404
GET    /api/v1/submissions/<key>/checks      submissions:read   200  404
POST   /api/v1/submissions/<key>/checks      submissions:write  202  404
POST   /api/v1/submissions/<key>/send        submissions:write  200  404
POST   /api/v1/submissions/<key>/withdraw    submissions:write  200  404
POST   /api/v1/submissions/<key>/reopen      submissions:write  409  404
POST   /api/v1/submissions/<key>/appeal      submissions:write  422  404
GET    /api/v1/submissions/<key>/decisions   submissions:read   200  404
GET    /api/v1/ownership/claims                       ownership:read   200  =
GET    /api/v1/ownership/challenges                   ownership:read   200  =
POST   /api/v1/ownership/challenges                   ownership:write  422  =
GET    /api/v1/ownership/challenges/<token_id>        ownership:read   200  404
POST   /api/v1/ownership/challenges/<token_id>/check  ownership:write  200  404
"""


def rows() -> list[Row]:
    """Return the table; "=" filled in."""
    found = [Row(*line.split()) for line in TABLE.splitlines() if line.strip()]
    return [one._replace(stranger=one.owner if one.stranger == "=" else one.stranger) for one in found]
