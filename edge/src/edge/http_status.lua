-- A service that answers with an HTTP status gRPC has no word for (202, 303,
-- RFC 6749's 401) says so in its initial metadata.
--
-- Envoy answers a gRPC request in gRPC's own way: HTTP 200 and a grpc-status.
-- No gRPC is served here, so what comes back as gRPC was refused: 404 for all.
function envoy_on_response(handle)
  local headers = handle:headers()
  local content_type = headers:get("content-type")
  if content_type ~= nil and string.sub(content_type, 1, 16) == "application/grpc" then
    headers:replace(":status", "404")
    headers:replace("content-type", "application/json")
    handle:body(true):setBytes('NOT_HERE')
    return
  end
  local status = headers:get("x-gerbang-http-status")
  if status ~= nil then
    headers:remove("x-gerbang-http-status")
    if string.match(status, "^[2-5]%d%d$") then
      headers:replace(":status", status)
    end
  end
end
