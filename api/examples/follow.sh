curl -s 'http://127.0.0.1:8000/api/v1/changes?since=0&limit=5'
