curl -sG http://127.0.0.1:8000/api/v1/tools --data-urlencode 'q=speech to text' -d limit=50
