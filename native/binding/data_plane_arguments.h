// What JavaScript gives to a data plane.
#pragma once

#include <napi.h>

#include <memory>

#include "native/binding/values.h"
#include "native/broker/policy_snapshot.h"
#include "native/dataplane/data_plane.h"
#include "native/rpc/answer.h"

namespace cryptobroker {

// The options of dataPlaneStart but for what the core gives.
DataPlane::Options read_data_plane_options(ValueReader& reader, napi_value object);

// A function, or a failed reader.
napi_value read_function(ValueReader& reader, napi_value value, const char* name);

std::shared_ptr<const PolicySnapshot> read_policies(ValueReader& reader, napi_value list);

CallToken read_token(ValueReader& reader, napi_value value);

// A response message, with room for its prefix before it.
Answer read_response(ValueReader& reader, napi_value value);

// status, details, code and incident of a failed call.
CallFailure read_failure(ValueReader& reader, napi_value status, napi_value details,
                         napi_value code, napi_value incident);

}  // namespace cryptobroker
