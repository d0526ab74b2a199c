// Says what a value without a snapshot is.
#pragma once

#include "snapshot/builder.hpp"

namespace snapq::snapshot {

// Throws the InputError that says what the value is and what to record instead.
[[noreturn]] void refuse_value(const Builder& builder, const Value& value);

}  // namespace snapq::snapshot
