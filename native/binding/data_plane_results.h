// What a data plane gives to JavaScript.
#pragma once

#include <napi.h>

#include <vector>

#include "native/dataplane/data_plane.h"

namespace cryptobroker {

// Seven entries an event: kind, token, method, deadline, message, traceparent, tracestate.
napi_value events_to_js(Napi::Env env, const DataPlane& plane, std::vector<ScriptEvent> events);
napi_value incidents_to_js(Napi::Env env, const DataPlane& plane,
                           const std::vector<Incident>& incidents);
napi_value counters_to_js(Napi::Env env, const DataPlane& plane,
                          const std::vector<CallCounter>& counters);
// Seventeen entries a span: see dataPlaneTakeSpans in src/addon/data-plane.ts.
napi_value spans_to_js(Napi::Env env, const DataPlane& plane, const std::vector<SpanRecord>& spans);
napi_value texts_to_js(Napi::Env env, const std::vector<std::string>& texts);

}  // namespace cryptobroker
