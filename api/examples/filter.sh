curl -sG http://127.0.0.1:8000/api/v1/tools -d pricing=free-tier -d has_api=yes -d facets=1 -d limit=3
