"""Apps that act for people, by OAuth 2.1 and OpenID Connect: our rules around django-allauth's server.

The library checks less than we promise (docs/api.md): PKCE by S256 for every client, redirect addresses letter by
letter, codes and refresh tokens that work once even when two requests come at the same moment.
"""
