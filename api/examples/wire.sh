TOOL=http://127.0.0.1:8000/api/v1/tools/deepseek
curl -s $TOOL/interfaces | jq -r '.results[] | "\(.kind) \(.base_url // .url // .install)
  sign in by: \(.auth // "not known") - key in: \(.env // "not known")
  now: \(if .works.state == "unknown" then "not known, so try it before you rely on it"
         else "\(.works.state) since \(.works.since) - last look: \(.works.looked_at)" end)"'
curl -s $TOOL/verification | jq -r '"level \(.level) \(.name) - checked: \(.checked_at // "never")"'
